/**
 * Whether a claim that comes now can be answered in time, by what can be counted: claims under way, and claims answered a second.
 * What is under way, divided by that rate, is how long a newcomer would wait (Little's law).
 *
 * - At most `limit` are undecided, so that a burst of so many is taken whole.
 * - When newcomers have had to wait longer than `targetMs` for as long as that, nobody is let in who would wait longer than `patienceMs`.
 * - When that has gone on for `patienceMs`, the load is more than can be served, and no burst: nobody is let in who would wait longer
 *   than `targetMs`, until the wait is half of that.
 *
 * States: open -> standing (the wait is too long) -> patient (`targetMs` later) -> shedding (`patienceMs` after it began) -> open.
 */
export interface Admission {
  /** False for a claim that must be refused, which is counted then. */
  admits(): boolean
  /** A claim that was read and checked begins to wait. */
  began(): void
  /** It is decided, whatever was decided, and waits for the turn of its answer. */
  decided(): void
  /** Its answer goes out. */
  ended(): void
  /** How many more would be let in now. */
  room(): number
  /** True while there are more than can be answered in time. */
  isOver(): boolean
  stats(): {
    readonly undecided: number
    readonly open: number
    readonly openMax: number
    readonly refused: number
  }
}

export interface AdmissionOptions {
  readonly limit: number
  readonly targetMs: number
  readonly patienceMs: number
  /** For tests: milliseconds that only grow. */
  readonly now?: () => number
  /** For tests: `setImmediate`. */
  readonly later?: (work: () => void) => void
}

/** A batch is decided all at once: over less time, its own rate would be told. */
const windowMs = 250
/** Of the rate's last value, what the next window leaves. */
const rateKept = 0.8
/** However slow decisions are, so many may be under way: by them it is seen when it gets better. */
const openMin = 256

export function createAdmission(options: AdmissionOptions): Admission {
  const { limit, targetMs, patienceMs, now = () => performance.now(), later = setImmediate } = options
  let undecided = 0
  /** With those whose answers wait. */
  let open = 0
  let openMax = Number.POSITIVE_INFINITY
  let refused = 0
  let answered = 0
  let windowFromMs = now()
  let isEnding = false
  /** Answers a millisecond while the wait is too long; of an idle server it would say nothing. */
  let rate: number | null = null
  let standingFromMs = Number.POSITIVE_INFINITY

  /** How many may be under way when the wait has been too long for `standingMs`. */
  function boundFor(standingMs: number, perMs: number): number {
    if (standingMs < targetMs) return Number.POSITIVE_INFINITY
    const waitMs = standingMs < patienceMs ? patienceMs : targetMs
    return Math.max(openMin, Math.ceil(perMs * waitMs))
  }

  /**
   * At the end of a turn of the event loop. In the midst of a long one, thousands have been let in, and none of them can have been
   * decided.
   */
  function endWindow(): void {
    isEnding = false
    const atMs = now()
    const latest = answered / (atMs - windowFromMs)
    const smooth = rate === null ? latest : rate * rateKept + latest * (1 - rateKept)
    if (open <= smooth * targetMs * (openMax < Number.POSITIVE_INFINITY ? 0.5 : 1)) {
      rate = null
      standingFromMs = Number.POSITIVE_INFINITY
      openMax = Number.POSITIVE_INFINITY
    } else if (standingFromMs === Number.POSITIVE_INFINITY) {
      // Its rate says nothing: a burst was read in it, and hardly decided.
      standingFromMs = atMs
    } else {
      const standingMs = atMs - standingFromMs
      // A short pause of the database says nothing of what it can do.
      if (answered > 0 || standingMs >= patienceMs) {
        rate = smooth
        openMax = boundFor(standingMs, smooth)
      }
    }
    windowFromMs = atMs
    answered = 0
  }

  return {
    admits: () => {
      if (!isEnding && now() - windowFromMs >= windowMs) {
        isEnding = true
        later(endWindow)
      }
      if (undecided < limit && open < openMax) return true
      refused += 1
      return false
    },
    began: () => {
      undecided += 1
      open += 1
    },
    decided: () => {
      undecided -= 1
    },
    ended: () => {
      open -= 1
      answered += 1
    },
    isOver: () => openMax < Number.POSITIVE_INFINITY,
    room: () => Math.max(0, Math.min(limit - undecided, openMax - open)),
    stats: () => ({ undecided, open, openMax, refused }),
  }
}
