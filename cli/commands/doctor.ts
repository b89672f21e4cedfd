import { type ConfigFlags, type ConfigReading, messageOf, readConfig } from '../../server/public/basics.ts'
import { connectPool, inspectSchema, measureClock, type Pool } from '../../server/public/database.ts'
import { type CommandAction, exitCodes } from '../command.ts'
import { createFlagReader } from '../options.ts'
import { judgeClock } from './doctor/clock.ts'
import { judgeConfiguration, judgeFileMode } from './doctor/configuration.ts'
import { judgeConnections } from './doctor/connections.ts'
import { examineCoupons } from './doctor/coupons.ts'
import { type DatabaseExamination, examineDatabase, probeTimeoutMs } from './doctor/database.ts'
import { judgeDurability } from './doctor/durability.ts'
import { error, type Finding, type Group, worstOf } from './doctor/finding.ts'
import { examineMachine } from './doctor/machine.ts'
import { examinePort } from './doctor/port.ts'
import { documentOf, groupText, verdictText } from './doctor/print.ts'
import { examineRedis } from './doctor/redis.ts'
import { judgeSchema } from './doctor/schema.ts'
import { examineSecretFiles, modeOf } from './doctor/secret-files.ts'
import { workersMax } from './workers-max.ts'

interface DoctorFlags extends ConfigFlags {
  readonly workers?: string
  readonly json?: boolean
}

/**
 * Looks at all that a server needs, and tells what is wrong and what mends it. Nothing is started, made or changed. What is
 * wrong is a finding, not an error of the command: the exit code says how bad the worst one is.
 */
export const doctor: CommandAction<DoctorFlags> = async (flags, { ui, signal }) => {
  const read = createFlagReader()
  const workers = read.whole('--workers', flags.workers, { min: 1, max: workersMax, initial: 1 })
  read.finish()
  const reading = readConfig({ flags: { config: flags.config }, serving: { allowsOpen: true } })
  const groups: Group[] = []
  for await (const group of examine(reading, { file: flags.config ?? 'env.json', workers })) {
    signal.throwIfAborted()
    if (group.findings.length === 0) continue
    groups.push(group)
    if (flags.json !== true) ui.print(`${groupText(group, ui.colour)}\n`)
  }
  const findings = groups.flatMap((group) => group.findings)
  ui.print(
    flags.json === true ? JSON.stringify(documentOf(groups), null, 2) : verdictText(findings, ui.colour),
  )
  return exitCodeOf[worstOf(findings)]
}

const exitCodeOf = {
  ok: exitCodes.good,
  note: exitCodes.good,
  warning: exitCodes.warned,
  error: exitCodes.checkFailed,
} as const

interface Plan {
  /** The configuration's, as it was named. */
  readonly file: string
  readonly workers: number
}

/** A group at a time, as soon as it is known. */
async function* examine(reading: ConfigReading, { file, workers }: Plan): AsyncGenerator<Group> {
  const mode = await modeOf(file)
  const ofFile = mode === null ? [] : judgeFileMode(reading, file, mode)
  yield { name: 'Configuration', findings: [...judgeConfiguration(reading, workers), ...ofFile] }
  yield { name: 'Files in .coupon/', findings: await examineSecretFiles(reading) }
  yield* examineStore(await examineDatabase(reading), reading, workers)
  yield { name: 'Redis', findings: await examineRedis(reading) }
  yield { name: 'Port', findings: await examinePort(reading) }
  yield { name: 'Machine', findings: await examineMachine(reading, workers) }
}

/** The database, what it holds, and its clock. */
async function* examineStore(
  { findings, at }: DatabaseExamination,
  { config }: ConfigReading,
  workers: number,
): AsyncGenerator<Group> {
  if (at === null) {
    yield { name: 'Database', findings }
    return
  }
  const { facts, url } = at
  const connections = judgeConnections(facts.connections, config.database.poolSizeMax, workers)
  yield { name: 'Database', findings: [...findings, ...judgeDurability(facts), connections] }
  const pool = connectPool(url, { max: 1, timeoutMs: probeTimeoutMs })
  try {
    const { schema, isUsable } = await examineSchema(pool, facts.role)
    yield { name: 'Schema', findings: schema }
    if (isUsable) yield { name: 'Coupons', findings: await orFault('sums', () => examineCoupons(pool)) }
    yield {
      name: 'Clock',
      findings: await orFault('clock', async () => [judgeClock(await measureClock(pool))]),
    }
  } finally {
    await pool.end()
  }
}

async function examineSchema(
  pool: Pool,
  role: string,
): Promise<{ schema: readonly Finding[]; isUsable: boolean }> {
  const schema = await orFault('schema', async () => judgeSchema(await inspectSchema(pool), role))
  return { schema, isUsable: worstOf(schema) !== 'error' }
}

/** A database that answers and then does not is told, and the rest is looked at all the same. */
async function orFault(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (fault) {
    return [
      error(
        check,
        `It could not be read: ${messageOf(fault)}.`,
        'run "coupon doctor" again when the database is well',
      ),
    ]
  }
}
