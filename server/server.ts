import type { Sequelize } from 'sequelize-typescript'
import { type Accounts, openAccounts } from './accounts.ts'
import { type Chore, startChores } from './chores.ts'
import { systemClock } from './claims/batcher-clock.ts'
import { createClaimLife } from './claims/changes.ts'
import { createEligibility } from './claims/eligibility.ts'
import { createClaimRecords } from './claims/records.ts'
import { createSoldOutClaims } from './claims/sold-out.ts'
import { couponsMax } from './claims/sold-out-coupons.ts'
import { createSoldOutSource } from './claims/sold-out-source.ts'
import { createStrategy } from './claims/strategies.ts'
import { purgeOldAnswers, sweepDueHolds } from './claims/sweep.ts'
import { within } from './claims/within.ts'
import { assertServable, type Config } from './config.ts'
import { createCoupons } from './coupons/coupons.ts'
import type { Assets } from './dashboard/asset.ts'
import type { Pool } from './db/connect.ts'
import { listenTo } from './db/listen.ts'
import { modelOutageOf } from './db/models/open.ts'
import { schemaState } from './db/schema.ts'
import { createApp } from './http/app.ts'
import { createAuthenticate } from './http/authenticate.ts'
import type { Readiness } from './http/health.ts'
import { clientLimitsOf, type Listening, listen } from './http/listen.ts'
import { pipelinedMax } from './http/pipelined.ts'
import { answerMsOf, inTime, type Ports } from './in-time.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import type { Totals } from './live/counted.ts'
import { observeLife, observeMeters } from './live/observe.ts'
import { type OpenedLive, openLive } from './live/open.ts'
import type { Log } from './log.ts'
import { linesOf } from './log-lines.ts'
import { createMeters, type Meters } from './metrics/meters.ts'
import { createMetrics, type Figures, type Gather } from './metrics/metrics.ts'
import { openPools, probeTimeoutMs } from './pools.ts'
import { registerDemoUsers } from './users/demo.ts'

export interface ServerOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** Needed by the strategy `lock` only. */
  readonly redisUrl: string | null
  readonly log: Log
  /** What access tokens are signed with, when the configuration holds none. */
  readonly secret?: string
  /** Lets open mode listen beyond the loopback interface. */
  readonly allowsOpen?: boolean
  /** Asks all processes of this server for their figures, when it is one of several. */
  readonly gather?: Gather | undefined
  /** Its number, when it is one of several. */
  readonly worker?: number | undefined
  /** The page at `/`; without it there is none. */
  readonly assets?: Assets
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  /** For one of several processes that are to close: as of `Listening`. */
  holdNewcomers(): number
  stopAccepting(): void
  /** Stops accepting, answers what was accepted, closes everything in reverse order. */
  close(): Promise<void>
  /** What this process has counted, also after the close; null when metrics are off. */
  readonly figures: (() => Promise<Figures>) | null
}

/** Requests under way get this long to be answered; the whole stop stays within 10 s. */
const graceMs = 8_000

/** Usernames of sold-out coupons that are remembered, at most; some 50 MB. */
const namesMax = 500_000

/** Opens the server: the one place where the concrete parts are named. Throws `AppError`. */
export async function openServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options
  assertServable(config, { allowsOpen: options.allowsOpen ?? false })
  const lifecycle = createLifecycle()
  try {
    const meters = createMeters()
    let listening: Listening | undefined
    const connections = () => listening?.connections() ?? 0
    const { pool, probe, models } = await openPools(options, meters, lifecycle)
    const { claims, life } = openClaims(options, { pool, meters }, lifecycle)
    const accounts = await openAccounts(options, { models, probe, meters, lifecycle })
    const watched = openLive(liveOptions(options), { meters, connections, lifecycle })
    const { totals } = watched
    const chores = startChores([...choresOf(config, pool, totals), ...accounts.chores], (chore, error) =>
      log.warn({ err: error, chore }, 'a chore failed; it is tried again'),
    )
    lifecycle.push('the chores', () => chores.close())
    let isClosing = false
    const metered = { meters, strategy: config.claim.strategy, connections }
    const metrics = config.metrics.isEnabled ? createMetrics(metered, options.gather ?? null) : null
    watchClients(meters, config, () => listening)
    const onCoupon = (name: string) => {
      claims.forget({ name })
      totals.changed()
    }
    const settings = settingsOf(options)
    const app = createApp({
      ...settings,
      ...inTime(portsOf({ options, pool, models, accounts, watched, onCoupon }), settings.timeoutMs),
      claims,
      life: observeLife(life, totals),
      limits: accounts.limits,
      authenticate: createAuthenticate({ mode: config.auth.mode, verify: accounts.verify }),
      readiness: async () => readinessOf(probe, config.claim.strategy, isClosing),
      outageOf: modelOutageOf,
      log: linesOf(log),
      meters: observeMeters(meters, totals),
      metrics: metrics?.text ?? null,
    })
    const onLost = (error: Error) => log.warn({ err: error }, 'a connection could not be accepted')
    const isHanded = options.worker !== undefined
    listening = await listen({ ...app, onLost, isHanded }, config.app, clientLimitsOf(config))
    const { url, port, holdNewcomers, stopAccepting, close } = listening
    lifecycle.push('the HTTP server', () => {
      isClosing = true
      app.hearAll()
      watched.drain()
      return close(graceMs)
    })
    const figures = metrics?.figures ?? null
    return { url, port, holdNewcomers, stopAccepting, close: () => lifecycle.close(), figures }
  } catch (error) {
    await lifecycle.close().catch(() => {})
    throw error
  }
}

interface PortParts {
  readonly options: ServerOptions
  readonly pool: Pool
  readonly models: Sequelize
  readonly accounts: Accounts
  readonly watched: OpenedLive
  /** Told the name of a coupon that was made, changed or deleted. */
  readonly onCoupon: (name: string) => void
}

function portsOf({ options, pool, models, accounts, watched, onCoupon }: PortParts): Ports {
  const { users, sessions } = accounts
  const { live, readCurve } = watched
  const isOpen = options.config.auth.mode === 'open'
  return {
    coupons: createCoupons(models, onCoupon),
    users,
    sessions,
    claimRecords: createClaimRecords(pool),
    askEligibility: createEligibility(pool),
    live,
    readCurve,
    registerDemoUsers: isOpen ? () => registerDemoUsers(pool) : null,
  }
}

function watchClients(meters: Meters, { http }: Config, listening: () => Listening | undefined): void {
  meters.watch('connections', http.connectionsMax, () => listening()?.connections() ?? 0)
  meters.watch('held_connections', http.connectionsMax, () => listening()?.held() ?? 0)
  meters.watch('pipelined_requests', pipelinedMax, () => listening()?.pipelined() ?? 0)
}

/** What the routes are told of the configuration. */
function settingsOf({ config, assets }: ServerOptions) {
  const { app, auth, claim, context, cors, dashboard, http } = config
  const { name, version, apiPrefix, trustProxy } = app
  const info = { api_prefix: apiPrefix, name, version, auth: auth.mode, strategy: claim.strategy }
  return {
    apiPrefix,
    trustProxy,
    timeoutMs: answerMsOf(context.timeoutMs),
    claimsMax: claim.queueSizeMax,
    connectionsMax: http.connectionsMax,
    isOpen: auth.mode === 'open',
    corsOrigins: cors.origins,
    dashboard: dashboard.isEnabled && assets !== undefined ? { assets, info } : null,
  }
}

function liveOptions({ config, databaseUrl, worker, log }: ServerOptions) {
  const onError = (error: unknown) =>
    log.warn({ err: error }, 'what those who watch are shown cannot be read; it is tried again')
  return { config, databaseUrl, worker: worker ?? null, onError }
}

/** The strategy, what answers before it, and what changes claims afterwards. */
function openClaims(
  { config, databaseUrl, redisUrl, log }: ServerOptions,
  { pool, meters }: { pool: Pool; meters: Meters },
  lifecycle: Lifecycle,
) {
  const { timeoutMs } = config.context
  const { claim } = config
  const told = { meters, log: linesOf(log), slowMs: config.log.slowStatementMs }
  const strategy = createStrategy(claim.strategy, { pool, redisUrl, claim, timeoutMs, ...told })
  const claims = createSoldOutClaims({ inner: strategy, source: createSoldOutSource(pool), namesMax })
  meters.watch('sold_out_coupons', couponsMax, () => claims.stats().coupons)
  meters.watch('sold_out_names', namesMax, () => claims.stats().names)
  meters.watch('sold_out_users', namesMax, () => claims.users())
  meters.count('coupon_sold_out_hits_total', () => claims.stats().hits)
  lifecycle.push('the claim strategy', () => claims.close())
  const listener = listenTo(databaseUrl, {
    channel: 'coupon_stock',
    onNotice: (name) => claims.forget({ name }),
    onGap: () => claims.forget(),
    timeoutMs,
  })
  lifecycle.push('the listener', () => listener.close())
  const life = createClaimLife({
    pool,
    ...config.claim,
    concurrencyMax: pool.options.max,
    onStockBack: (id) => claims.forget({ id }),
    ...told,
  })
  lifecycle.push('the life of the claims', () => life.close())
  return { claims, life }
}

/** What has served its time is looked for this often; holds that have run out as often as the configuration says. */
const purgeEveryMs = 60_000

function choresOf({ claim }: Config, pool: Pool, totals: Totals): Chore[] {
  return [
    {
      name: 'sweep holds',
      everyMs: claim.holdSweepMs,
      run: async (signal) => totals.released(await sweepDueHolds(pool, signal)),
    },
    {
      name: 'purge answers',
      everyMs: purgeEveryMs,
      run: (signal) => purgeOldAnswers(pool, claim.answersKeptMs, signal),
    },
  ]
}

async function readinessOf(probe: Pool, strategy: string, isClosing: boolean): Promise<Readiness> {
  const asked = schemaState(probe).catch(() => null)
  const schema = await within(asked, { waitMs: probeTimeoutMs, late: null, clock: systemClock })
  if (schema === null) return { isReady: false, database: 'down', schema: 'unknown', strategy }
  const isReady = !isClosing && (schema === 'current' || schema === 'ahead')
  return { isReady, database: 'up', schema, strategy }
}
