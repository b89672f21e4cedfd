import { createDraw } from './draw.ts'
import type { Draw, FaultName } from './fault.ts'

/** A fault that is to come, and the seed of all that is drawn for it. */
export interface PlannedFault {
  readonly name: FaultName
  readonly seed: number
  /** After the step's first fault was injected. */
  readonly afterMs: number
}

/** One fault, or two that overlap; then a pause in which all is well. */
export interface Step {
  readonly faults: readonly PlannedFault[]
  readonly pauseMs: number
}

/** What two faults must not share to be injected together: each would take away what the other acts on. */
const families = {
  server_kill: 'servers',
  server_stop: 'servers',
  worker_kill: 'servers',
  rolling_restart: 'servers',
  sessions_terminated: 'sessions',
  postgres_crash: 'postgres',
  postgres_freeze: 'postgres',
  connections_cut: 'wires',
  connections_delayed: 'wires',
  connections_half_open: 'wires',
  answers_lost: 'wires',
  row_held: 'row',
  redis_kill: 'redis',
  redis_freeze: 'redis',
  redis_flush: 'redis',
} as const satisfies Readonly<Record<FaultName, string>>

/** Of the steps with one fault, so many get a second one. */
const pairShare = 0.2
const pairAfterMsMax = 400
const pauseMs = { min: 100, max: 500 }
const seedMax = 2 ** 32 - 1

/**
 * The steps of a run without an end. Faults are dealt as cards are: each comes once before one comes again, so that a
 * run of any length has about as many of each. The same seed and names deal the same.
 */
export function* scheduleOf(seed: number, names: readonly FaultName[]): Generator<Step, never> {
  const draw = createDraw(seed)
  let deck: FaultName[] = []
  const deal = (suits: (name: FaultName) => boolean = () => true): FaultName | undefined => {
    if (deck.length === 0) deck = shuffled(names, draw)
    const place = deck.findIndex(suits)
    return place === -1 ? undefined : deck.splice(place, 1)[0]
  }
  const plan = (name: FaultName, afterMs: number) => ({ name, afterMs, seed: draw.between(0, seedMax) })

  for (;;) {
    const first = deal()
    if (first === undefined) throw new Error('A schedule needs at least one fault.')
    const faults = [plan(first, 0)]
    if (draw.next() < pairShare) {
      const second = deal((name) => families[name] !== families[first])
      if (second !== undefined) faults.push(plan(second, draw.between(0, pairAfterMsMax)))
    }
    yield { faults, pauseMs: draw.between(pauseMs.min, pauseMs.max) }
  }
}

function shuffled(names: readonly FaultName[], draw: Draw): FaultName[] {
  const left = [...names]
  return names.map(() => left.splice(draw.between(0, left.length - 1), 1)[0] as FaultName)
}
