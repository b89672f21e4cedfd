import { join } from 'node:path'
import { type ConfigReading, messageOf } from '../../../server/public/basics.ts'
import {
  type DatabaseFacts,
  describeAddress,
  type EmbeddedFacts,
  inspectDatabase,
  inspectEmbeddedPostgres,
} from '../../../server/public/database.ts'
import { error, type Finding, note, ok } from './finding.ts'

/** What can be had of the database within this, or it counts as out of reach. */
export const probeTimeoutMs = 5_000

export interface DatabaseExamination {
  readonly findings: readonly Finding[]
  /** Null when there is none to look at. */
  readonly at: { readonly url: string; readonly facts: DatabaseFacts } | null
}

/** The configured database, or the embedded one if it runs: nothing is started or made for this. */
export async function examineDatabase(reading: ConfigReading): Promise<DatabaseExamination> {
  const { config, faults } = reading
  if (config.database.url !== null) return reach(config.database.url, mendConfigured)
  if (faults.length > 0) {
    const found = 'Not looked at: the settings have faults, and which database is meant may be among them.'
    return { findings: [note('database', found)], at: null }
  }
  const embedded = await inspectEmbeddedPostgres(join(process.cwd(), '.coupon')).catch((fault: unknown) => {
    return messageOf(fault)
  })
  if (typeof embedded === 'string') {
    return { findings: [error('database', embedded, 'put back .coupon/password')], at: null }
  }
  return embedded.state === 'running'
    ? reach(embedded.url, mendEmbedded)
    : { findings: [judgeEmbedded(embedded)], at: null }
}

const mendConfigured =
  'start it, or correct DATABASE_URL or the group "database" of env.json: host, port, user, password, name'
const mendEmbedded = 'look at the end of .coupon/postgres.log, then start "coupon serve" again'

async function reach(url: string, mend: string): Promise<DatabaseExamination> {
  const address = describeAddress(url)
  try {
    const facts = await inspectDatabase(url, probeTimeoutMs)
    return {
      findings: [ok('database', `Postgres ${facts.version} answers at ${address}.`)],
      at: { url, facts },
    }
  } catch (fault) {
    const found = `The database at ${address} cannot be used: ${messageOf(fault)}.`
    return { findings: [error('database', found, mend)], at: null }
  }
}

/** Without a configured database, when the embedded one does not run. */
export function judgeEmbedded(facts: Exclude<EmbeddedFacts, { readonly state: 'running' }>): Finding {
  if (facts.state === 'changing') {
    const found = `The embedded Postgres in .coupon/ is starting or stopping as process ${facts.pid}.`
    return note('database', found, 'run "coupon doctor" again in a minute')
  }
  if (facts.fault !== null) {
    return error('database', `None is configured. ${facts.fault}`, 'set DATABASE_URL to a Postgres of yours')
  }
  return facts.state === 'absent'
    ? note(
        'database',
        'None is configured: the first command that needs one makes an embedded Postgres in .coupon/.',
      )
    : note(
        'database',
        'The embedded Postgres in .coupon/ does not run now, so its settings, schema and coupons were not looked at.',
        'run "coupon doctor" while "coupon serve" runs',
      )
}
