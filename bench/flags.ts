import { parseArgs } from 'node:util'

export interface Flags {
  /** Names of measures; null for all. */
  readonly only: readonly string[] | null
  readonly repeats: number
  /** How long each run takes, about. */
  readonly seconds: number
  readonly users: number
  readonly connections: number
  readonly isQuick: boolean
  /** Writes the page also when it is not the whole bench; its command is told there. */
  readonly isWritten: boolean
  /** Null for a temporary embedded Postgres. */
  readonly databaseUrl: string | null
  /** Where servers leave their CPU profiles; null for none. */
  readonly profileFolder: string | null
}

export const usage = `npm run bench -- [flags]

  --only NAMES      measures, with commas between them (default: all, about an hour, which writes docs/benchmarks.md)
  --repeats N       how often each is repeated (default: 5)
  --seconds N       how long each run takes (default: 5)
  --users N         users in the database (default: 200000)
  --connections N   connections of the generators (default: 128)
  --quick           everything short, to try it; the figures mean nothing
  --write           write docs/benchmarks.md also with --only
  --database URL    a Postgres in which databases may be made, in place of a temporary one (or BENCH_DATABASE_URL)
  --profile FOLDER  have every coupon server write its CPU profile there; node --import tsx bench/profile.ts FILE reads it
  --help`

/** Throws with a sentence for whoever typed it. Null for --help. */
export function readFlags(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  measures: readonly string[],
): Flags | null {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string' },
      repeats: { type: 'string' },
      seconds: { type: 'string' },
      users: { type: 'string' },
      connections: { type: 'string' },
      quick: { type: 'boolean' },
      write: { type: 'boolean' },
      database: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) return null
  const isQuick = values.quick === true
  return {
    only: readNames(values.only, measures),
    repeats: readWhole('--repeats', values.repeats, isQuick ? 2 : 5),
    seconds: readWhole('--seconds', values.seconds, isQuick ? 1 : 5),
    users: readWhole('--users', values.users, isQuick ? 20_000 : 200_000),
    connections: readWhole('--connections', values.connections, 128),
    isQuick,
    isWritten: values.write === true,
    databaseUrl: values.database ?? environment.BENCH_DATABASE_URL ?? null,
    profileFolder: values.profile ?? null,
  }
}

function readNames(text: string | undefined, measures: readonly string[]): string[] | null {
  if (text === undefined) return null
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !measures.includes(name))
  if (unknown === undefined) return names
  throw new Error(`--only: there is no measure ${JSON.stringify(unknown)}; there are ${measures.join(', ')}.`)
}

function readWhole(flag: string, text: string | undefined, initial: number): number {
  if (text === undefined) return initial
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`${flag}: got ${JSON.stringify(text)}, wants a whole number from 1.`)
}
