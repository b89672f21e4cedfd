/** One run: a world out of a seed, through its faults to its end, with everything that must hold. */
import { createRandom } from '../support/random.ts'
import { type Book, createBook, isDefinite, nameOf, type Wish } from './book.ts'
import { createChangeBook } from './change-book.ts'
import { type Clients, createClients } from './clients.ts'
import { createFaults } from './faults.ts'
import { createIncidents } from './incidents.ts'
import { createModelDatabase } from './model-database.ts'
import { drawPlan, poisonName } from './plan.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { createSimulatedClock } from './simulated-clock.ts'
import { addCoupon, createTables } from './tables.ts'

export interface RunResult {
  readonly seed: number
  /** What was broken first, and at which step; null when all held. */
  readonly failure: { readonly what: string; readonly step: number } | null
  readonly steps: number
  /** Of the answers: two runs of one seed are the same run. */
  readonly tally: Readonly<Record<string, number>>
}

export interface RunOptions {
  readonly seed: number
  /** Told of each event, in words. */
  readonly trace?: ((text: string) => void) | undefined
}

/** A run that has not come to its end after so many steps never will. */
const stepsMax = 20_000

export async function runOnce({ seed, trace: tell }: RunOptions): Promise<RunResult> {
  const world = createWorld(seed, tell)
  await world.live()
  if (world.failure() === null) await world.heal()
  if (world.failure() === null) await world.end()
  return { seed, failure: world.failure(), steps: world.steps(), tally: world.tally() }
}

function createWorld(seed: number, tell: RunOptions['trace']) {
  const random = createRandom(seed)
  const plan = drawPlan(random)
  const clock = createSimulatedClock()
  const tables = createTables(plan.usernames)
  let failure: RunResult['failure'] = null
  let steps = 0
  const trace =
    tell &&
    ((text: string) => tell(`${String(steps).padStart(5)} ${clock.now().toFixed(0).padStart(6)} ms  ${text}`))
  const fail = (what: string) => {
    failure ??= { what, step: steps }
    trace?.(`BROKEN: ${what}`)
  }
  const onCommit = trace && ((text: string) => trace(text))
  const database = createModelDatabase({
    clock,
    tables,
    statementTimeoutMs: plan.timeoutMs,
    onBroken: fail,
    trace: onCommit,
  })
  const faults = createFaults(random, plan.faultPercent, plan.faultKinds)
  const book = createBook({ tables, now: clock.now, fail, mayBeShort: faults.mayBeShort })
  const changes = createChangeBook({
    clock,
    tables,
    timeoutMs: plan.timeoutMs,
    isCalm: plan.isCalm,
    fail,
    trace,
  })
  const processes: ServerProcess[] = []
  const parts = { clock, database, faults, plan, pick: random.next, fail }
  let isEnding = false
  const startProcess = () => {
    if (isEnding) return
    const name = `P${processes.length + 1}`
    processes.push(startServerProcess({ ...parts, name, drained: () => changes.drained(name) }))
    trace?.(`${name} starts`)
  }
  const clients = createClients({ clock, random, plan, book, changes, processes, trace })
  const incidents = createIncidents({
    ...{ clock, database, random, plan, processes, startProcess, trace },
    onCrash: clients.lose,
  })

  for (const [place, amount] of plan.amounts.entries())
    addCoupon(tables, { name: `C${place}`, amount, isReclaimable: random.next(4) > 0 }, clock.now())
  for (let count = 0; count < plan.processes; count += 1) startProcess()
  schedule()

  /** Many at once, and some here and there. */
  function schedule(): void {
    const { next } = random
    const bursts = Array.from({ length: 1 + next(3) }, () => next(plan.horizonMs))
    for (let count = 0; count < plan.wishes; count += 1) {
      const burst = bursts[next(bursts.length)] ?? 0
      clock.at(next(100) < plan.strayPercent ? next(plan.horizonMs) : burst + next(12) / 4, clients.arrive)
    }
    for (let count = next(4); count > 0; count -= 1) clock.at(next(plan.horizonMs), incidents.edit)
    for (let count = 0; count < plan.incidents; count += 1) clock.at(next(plan.horizonMs), incidents.happen)
  }

  async function until(isDone: () => boolean): Promise<void> {
    while (!isDone() && failure === null) {
      if (!clock.advance()) return fail('nothing happens any more')
      await clock.runOn()
      steps += 1
      if (steps > stepsMax) return fail(`no end after ${stepsMax} steps`)
      for (const process of processes) {
        const broken = process.broken()
        if (broken !== null) fail(broken)
      }
    }
  }

  return {
    failure: () => failure,
    steps: () => steps,
    tally: () => tallyOf(book),
    live: async () => {
      const endMs = clock.now() + plan.horizonMs
      clock.at(plan.horizonMs, clock.wake)
      await until(() => clock.now() >= endMs)
    },
    heal: async () => {
      trace?.('all faults are healed')
      faults.heal()
      database.heal()
      clients.calmDown()
      if (!processes.some(({ state }) => state === 'open')) startProcess()
      const isQuiet = () =>
        book.isAllAnswered() &&
        changes.isAllAnswered() &&
        database.open() === 0 &&
        processes.every((process) => process.isIdle())
      await until(isQuiet)
      if (failure === null) await probe({ book, clients, processes, fail, until })
      if (failure === null && plan.isCalm) checkCalm(book, fail)
    },
    end: async () => {
      trace?.('all processes close')
      isEnding = true
      for (const process of processes) if (process.state === 'open') void process.close()
      clock.wake()
      clock.at(0, clock.wake)
      await until(() => processes.every(({ state }) => state === 'closed' || state === 'dead'))
      for (const process of processes) {
        const broken = process.broken()
        if (broken !== null) fail(broken)
      }
      book.close()
      changes.close()
    },
  }
}

interface Probe {
  readonly book: Book
  readonly clients: Clients
  readonly processes: readonly ServerProcess[]
  readonly fail: (what: string) => void
  readonly until: (isDone: () => boolean) => Promise<void>
}

/** Every process decides again, and every key has one truth. */
async function probe({ book, clients, processes, fail, until }: Probe): Promise<void> {
  const asked: Wish[] = []
  let again = 0
  const open = processes.filter(({ state }) => state === 'open')
  for (const process of open) {
    const wish = clients.newWish({ username: 'u0', couponName: 'C0' })
    asked.push(wish)
    clients.ask(wish, process)
    await until(book.isAllAnswered)
  }
  for (const wish of book.wishes) {
    if (wish.payloadHash === undefined || wish.attempts.length === 0 || wish.username === poisonName) continue
    if (wish.truth !== null && again++ % 4 > 0) continue
    asked.push(wish)
    clients.ask(wish, open[asked.length % open.length])
    await until(book.isAllAnswered)
  }
  for (const { attempts } of asked) {
    const last = attempts.at(-1)
    if (last !== undefined && !isDefinite(last.outcome ?? 'unknown'))
      fail(`${nameOf(last)} was told ${last.outcome} after all faults were healed`)
  }
}

function checkCalm(book: Book, fail: (what: string) => void): void {
  for (const attempt of book.attempts) {
    const { outcome, state } = attempt
    if (state !== 'answered' || outcome === 'abandoned' || outcome === 'in_progress') continue
    if (!isDefinite(outcome ?? 'unknown')) fail(`${nameOf(attempt)} was told ${outcome} while all was well`)
  }
}

function tallyOf({ attempts }: Book): Record<string, number> {
  const tally: Record<string, number> = {}
  for (const { outcome } of attempts) tally[outcome ?? 'lost'] = (tally[outcome ?? 'lost'] ?? 0) + 1
  return tally
}
