import type { Random } from '../support/random.ts'

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
  /** What happens to database, processes, coupons and listeners. */
  readonly incidents: number
}

export function drawPlan(random: Random): Plan {
  const pick = <T>(...choices: readonly T[]): T => choices[random.next(choices.length)] as T
  const between = (from: number, to: number) => from + random.next(to - from + 1)
  const isCalm = random.next(6) === 0
  const users = between(2, 6)
  return {
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
  }
}
