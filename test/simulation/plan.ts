import type { Random } from '../support/random.ts'
import type { StatementFault } from './faults.ts'

/** A user of this name holds what the database cannot store. */
export const poisonName = 'poison'

/** What one run is made of; all of it comes of the seed. */
export interface Plan {
  /** Nothing fails and nobody is slow: every claim must be decided. */
  readonly isCalm: boolean
  readonly processes: number
  readonly amounts: readonly number[]
  readonly usernames: readonly string[]
  readonly wishes: number
  readonly horizonMs: number
  readonly timeoutMs: number
  readonly batchSizeMax: number
  readonly queueSizeMax: number
  readonly concurrencyMax: number
  readonly waitingMax: number
  readonly namesMax: number
  readonly sweepMs: number
  readonly noticeMsMax: number
  /** Statements out of a hundred that go wrong. */
  readonly faultPercent: number
  /** What can go wrong with them; drawn when it is not said. */
  readonly faultKinds?: readonly StatementFault[]
  /** What happens to database, processes, coupons and listeners. */
  readonly incidents: number
  /** Wishes out of a hundred that are holds, that bring a key of their caller's, and that come at a time of their own. */
  readonly heldPercent: number
  readonly keyedPercent: number
  readonly strayPercent: number
}

export function drawPlan(random: Random): Plan {
  const pick = <T>(...choices: readonly T[]): T => choices[random.next(choices.length)] as T
  const between = (from: number, to: number) => from + random.next(to - from + 1)
  const isCalm = random.next(6) === 0
  const users = between(2, 6)
  const plan: Plan = {
    isCalm,
    processes: between(1, 3),
    amounts: Array.from({ length: between(1, 3) }, () => between(0, 3)),
    usernames: Array.from({ length: users }, (_, place) => `u${place}`),
    wishes: between(4, 16),
    horizonMs: pick(100, 300, 1200, 2500),
    timeoutMs: isCalm ? 3000 : pick(200, 600, 1500),
    batchSizeMax: pick(1, 2, 4, 100),
    queueSizeMax: isCalm ? 100 : pick(2, 4, 100),
    concurrencyMax: pick(1, 2, 3, 4),
    waitingMax: isCalm ? 100 : pick(1, 10),
    namesMax: pick(3, 100),
    sweepMs: pick(200, 500, 2000),
    noticeMsMax: pick(2, 50, 1500),
    faultPercent: isCalm ? 0 : pick(0, 5, 15, 40),
    incidents: isCalm ? 0 : between(0, 4),
    heldPercent: 25,
    keyedPercent: 40,
    strayPercent: 25,
  }
  const drawn = isCalm || random.next(4) > 0 ? plan : { ...plan, ...ofMemory(between, pick) }
  // By the seed itself: what other seeds draw, those that are kept among them, stays as it is.
  return random.seed % 16 === 5 ? { ...drawn, ...ofHalves } : drawn
}

/** One coupon that is sold out most of the time, with holds that run out and notices that are late: the memory's own run. */
function ofMemory(
  between: (from: number, to: number) => number,
  pick: (...choices: readonly number[]) => number,
): Partial<Plan> {
  return {
    processes: between(1, 2),
    amounts: [between(0, 2)],
    wishes: between(12, 22),
    horizonMs: 3500,
    timeoutMs: pick(600, 1500),
    queueSizeMax: 100,
    namesMax: 100,
    sweepMs: pick(500, 3000),
    faultPercent: pick(0, 0, 10),
    incidents: between(1, 3),
    heldPercent: pick(0, 50),
    keyedPercent: 5,
    strayPercent: 90,
  }
}

/** Nearly every answer is lost, or the batch refused and halved, and there is time for few attempts. */
const ofHalves: Partial<Plan> = {
  isCalm: false,
  wishes: 20,
  horizonMs: 300,
  timeoutMs: 60,
  batchSizeMax: 100,
  queueSizeMax: 100,
  faultPercent: 85,
  faultKinds: ['cut_after', 'late', 'trigger', 'refused'],
  strayPercent: 5,
}
