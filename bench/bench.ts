import { createLifecycle, newSecret, provideRedis } from '../server/index.ts'
import type { AttackName } from './attacks/names.ts'
import { type Child, startChild } from './child.ts'
import { type Cluster, type Database, openCluster } from './database.ts'
import type { Finding } from './finding.ts'
import type { Flags } from './flags.ts'
import { compileProgram } from './program.ts'

/** What a measure works with. Whatever it opens is closed at its end. */
export interface Bench {
  readonly flags: Flags
  createDatabase(): Promise<Database>
  /** `coupon serve` over a database. */
  startCoupon(options: CouponServer): Promise<Child>
  /** One of bench/servers/. */
  startBaseline(name: Baseline, words?: readonly string[]): Promise<Child>
  startGenerator(): Promise<Child>
  /** All of its connections are there when it resolves. */
  startAttack(name: AttackName, server: Child): Promise<Child>
  /** Who watches; see crowd.ts. */
  startCrowd(): Promise<Child>
  openRedis(): Promise<{ readonly url: string }>
  /** What the coupon servers check tokens with. */
  readonly secret: string
  /** For coupons that no run had before. */
  newPrefix(): string
  note(line: string): void
}

export interface CouponServer {
  readonly database: Database
  /** `open` when it is not said, as the original. */
  readonly auth?: 'open' | 'token'
  readonly strategy?: string
  readonly workers?: number
  readonly redisUrl?: string
}

export type Baseline = 'stock-express' | 'bound-express' | 'raw-http' | 'known'

export interface Measure {
  readonly name: string
  run(bench: Bench): Promise<Finding[]>
}

/** What all measures share. */
export interface Stage {
  readonly cluster: Cluster
  run(measure: Measure): Promise<Finding[]>
  close(): Promise<void>
}

export async function openStage(flags: Flags, note: (line: string) => void): Promise<Stage> {
  const lifecycle = createLifecycle()
  try {
    note('Compiling …')
    const program = compileProgram()
    lifecycle.push('the compiled program', program.remove)
    const cluster = await openCluster({ url: flags.databaseUrl, users: flags.users, announce: note })
    lifecycle.push('the databases', cluster.close)
    const shared = { flags, note, cluster, fileOf: program.fileOf, secret: newSecret(), runs: { count: 0 } }
    return {
      cluster,
      run: (measure) => runAlone(measure, shared),
      close: lifecycle.close,
    }
  } catch (error) {
    await lifecycle.close().catch(() => {})
    throw error
  }
}

interface Shared {
  readonly flags: Flags
  readonly note: (line: string) => void
  readonly cluster: Cluster
  readonly fileOf: (source: string) => string
  readonly secret: string
  readonly runs: { count: number }
}

async function runAlone(measure: Measure, shared: Shared): Promise<Finding[]> {
  const lifecycle = createLifecycle()
  try {
    const open = async <T>(what: string, opening: Promise<T>, close: (opened: T) => unknown) => {
      const opened = await opening
      lifecycle.push(what, () => close(opened))
      return opened
    }
    const start = (source: string, options = {}) =>
      open(source, startChild(shared.fileOf(source), options), (child) => child.stop())
    return await measure.run({
      ...shared,
      createDatabase: () => open('a database', shared.cluster.createDatabase(), (one) => one.close()),
      startCoupon: (options) => start('bin/coupon.ts', couponOptions(options, shared)),
      startBaseline: (name, words = []) => start(`bench/servers/${name}.ts`, { arguments: words }),
      startAttack: (name, { url }) => start('bench/attacks/attack.ts', { arguments: [name, url] }),
      startGenerator: () => start('bench/generators/process.ts'),
      startCrowd: () => start('bench/generators/crowd.ts'),
      openRedis: () => open('Redis', provideRedis({ announce: shared.note }), (redis) => redis.close()),
      newPrefix: () => `BENCH_${shared.runs.count++}`,
    })
  } finally {
    await lifecycle.close()
  }
}

function couponOptions(options: CouponServer, { secret, flags: { profileFolder } }: Shared) {
  const { database, auth = 'open', strategy = 'batch', workers = 1, redisUrl = '' } = options
  const where = ['--config', 'none', '--host', '127.0.0.1', '--port', '0']
  const how = ['--auth', auth, '--strategy', strategy, '--workers', String(workers)]
  return {
    arguments: ['serve', ...where, ...how],
    environment: {
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl,
      JWT_SECRET: secret,
      LOG_LEVEL: 'warn',
    },
    nodeArguments: profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`],
  }
}
