/** One server process: the real parts, put together as server/server.ts does, over the model database and its clock. */
import { createBatchStrategy, type SendClaims } from '../../server/claims/batch.ts'
import { createClaimLife } from '../../server/claims/changes.ts'
import type { ClaimStrategy } from '../../server/claims/claim.ts'
import { createJoinedStrategy } from '../../server/claims/joined.ts'
import type { ClaimLife } from '../../server/claims/life.ts'
import { createSoldOutClaims } from '../../server/claims/sold-out.ts'
import { createSoldOutSource } from '../../server/claims/sold-out-source.ts'
import { sweepDueHolds } from '../../server/claims/sweep.ts'
import type { Watch } from '../../server/metrics/bounded.ts'
import { createConnections } from './connections.ts'
import type { Faults } from './faults.ts'
import type { ModelDatabase } from './model-database.ts'
import { createOrderCheck } from './order-check.ts'
import type { Plan } from './plan.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import { createModelPool, createSend } from './statements.ts'

export interface ServerProcess {
  readonly name: string
  readonly claims: ClaimStrategy
  readonly life: ClaimLife
  state: 'open' | 'closing' | 'closed' | 'dead'
  /** The last commit that it has been told of, by notice, gap or its own doing; of any coupon or of this one. */
  freshSince(couponName: string): number
  /** An edit through this process has been committed. */
  noteEdit(couponName: string): void
  /** It has just answered that a unit was given back. */
  noteRelease(couponName: string): void
  /** The listening connection is lost for so long: noticed at once, or only when it is over. */
  loseListener(ms: number, isNoticed: boolean): void
  close(): Promise<void>
  crash(): void
  /** Nothing is under way, also nothing that nobody waits for any more. */
  isIdle(): boolean
  /** What is beyond its limit, or left over. */
  broken(): string | null
}

export interface ProcessOptions {
  readonly name: string
  readonly clock: SimulatedClock
  readonly database: ModelDatabase
  readonly faults: Faults
  readonly plan: Plan
  readonly pick: (below: number) => number
  readonly fail: (what: string) => void
  /** The HTTP server has answered its changes; its claims are left to the strategy, which answers what it has accepted. */
  readonly drained: () => Promise<void>
}

export function startServerProcess(options: ProcessOptions): ServerProcess {
  const { name, clock, database, faults, plan, pick, fail } = options
  const { timeoutMs, batchSizeMax, queueSizeMax, concurrencyMax, waitingMax, namesMax } = plan
  const own = clock.ofProcess()
  const connections = createConnections({
    ...{ clock, database, faults, pick, timeoutMs },
    processClock: own,
    max: concurrencyMax,
  })
  const pool = createModelPool(database, connections)
  const gauges: { what: string; limit: number; size: () => number }[] = []
  const watch: Watch = (what, limit, size) => {
    gauges.push({ what, limit, size })
  }
  const meters = { watch, count: () => {}, observeBatches: () => () => {} }
  const order = createOrderCheck((what) => fail(`${name}: ${what}`), concurrencyMax)
  const send: SendClaims = order.watched(createSend(database, connections))
  const bounds = { batchSizeMax, queueSizeMax, concurrencyMax, meters, clock: own }
  const batch = createBatchStrategy({ ...bounds, send })
  const joined = createJoinedStrategy(order.stamped(batch), {
    waitingMax,
    innerMax: queueSizeMax + concurrencyMax * batchSizeMax,
    meters,
    clock: own,
  })
  const claims = createSoldOutClaims({
    inner: joined,
    source: createSoldOutSource(pool),
    namesMax,
    clock: own,
  })
  gauges.push({ what: 'sold_out_names', limit: namesMax, size: () => claims.stats().names })
  const fresh = new Map<string, number>()
  let freshOfAll = 0
  const life = createClaimLife({
    ...bounds,
    pool,
    onStockBack: (id) => claims.forget({ id }),
  })

  let isDeaf = false
  const stopListening = database.listen((couponName) => {
    if (isDeaf) return
    clock.at(pick(plan.noticeMsMax), () => {
      if (isDeaf || process.state !== 'open') return
      claims.forget({ name: couponName })
      fresh.set(couponName, database.tables.commits)
    })
  })
  const gap = () => {
    if (process.state !== 'open') return
    claims.forget()
    freshOfAll = database.tables.commits
  }

  const stopping = { aborted: false }
  let sweeping: Promise<unknown> = Promise.resolve()
  let cancelSweep = own.setTimer(pick(plan.sweepMs), sweep)
  function sweep(): void {
    sweeping = sweepDueHolds(pool, stopping)
      .catch(() => {})
      .then(() => {
        if (!stopping.aborted) cancelSweep = own.setTimer(plan.sweepMs, sweep)
      })
  }

  async function close(): Promise<void> {
    process.state = 'closing'
    await options.drained()
    stopping.aborted = true
    cancelSweep()
    await sweeping
    await life.close()
    stopListening()
    await claims.close()
    await connections.end()
    process.state = 'closed'
  }

  const process: ServerProcess = {
    name,
    claims,
    life,
    state: 'open',
    freshSince: (couponName) => Math.max(freshOfAll, fresh.get(couponName) ?? 0),
    noteRelease: (couponName) => {
      fresh.set(couponName, database.tables.commits)
    },
    noteEdit: (couponName) => {
      if (process.state !== 'open') return
      claims.forget({ name: couponName })
      fresh.set(couponName, database.tables.commits)
    },
    loseListener: (ms, isNoticed) => {
      isDeaf = true
      if (isNoticed) gap()
      clock.at(ms, () => {
        isDeaf = false
        gap()
      })
    },
    close,
    crash: () => {
      process.state = 'dead'
      stopListening()
      own.kill()
      connections.kill()
    },
    isIdle: () =>
      process.state === 'dead' ||
      (connections.stats().used === 0 &&
        gauges.every(({ what, size }) => !what.endsWith('_batches') || size() === 0)),
    broken: () => {
      for (const { what, limit, size } of gauges) {
        const value = size()
        if (value < 0 || value > limit) return `${name}: ${what} is ${value}, its limit ${limit}`
        if (process.state === 'closed' && value !== 0 && !what.startsWith('sold_out'))
          return `${name}: ${what} is ${value} after the close`
      }
      if (process.state === 'closed' && own.timers() > 0)
        return `${name}: ${own.timers()} timers after the close`
      return null
    },
  }
  return process
}
