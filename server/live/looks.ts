import { createPace } from './beat.ts'
import type { View } from './view.ts'

/** When the view looks at what is stored: one look at a time, whoever asks. */
export interface Looks {
  /** Looks now, or waits for the look under way. Rejects as the database does. */
  look(): Promise<void>
  /** The same; false when the database could not be read. */
  tryLook(): Promise<boolean>
  /** Something has happened that the last look may not have seen. */
  outdate(): void
  isOutdated(): boolean
  /** Since the last look that succeeded began. */
  ageMs(): number
  /** False while the next look would take more than its share of one connection's time. */
  isDue(): boolean
}

export interface LooksParts {
  readonly view: View
  /** Whose own claims are looked at as well. */
  readonly usernames: () => readonly string[]
  /** A look that is so old is outdated, whatever was heard; and the longest pause between two. */
  readonly everyMs: number
  /** Called when the database cannot be read, once until it can be again. */
  readonly onError: (error: unknown) => void
  readonly now: () => number
}

/** Of one connection's time. However much there is to see, claims go on; those who watch see it less often. */
const share = 0.1

export function createLooks({ view, usernames, everyMs, onError, now }: LooksParts): Looks {
  const pace = createPace({ share, pauseMsMax: everyMs, now })
  let looking: Promise<void> | undefined
  let isStale = false
  let hasFailed = false

  const ageMs = () => now() - view.lookedMs()

  function look(): Promise<void> {
    if (looking !== undefined) return looking
    isStale = false
    const run = () => view.look(usernames())
    // The first one opens the connection, and tells nothing of how long the next ones take.
    const isFirst = view.lookedMs() === Number.NEGATIVE_INFINITY
    looking = (isFirst ? run() : pace.time(run)).finally(() => {
      looking = undefined
    })
    return looking
  }

  return {
    look,
    tryLook: async () => {
      try {
        await look()
        hasFailed = false
      } catch (error) {
        if (!hasFailed) onError(error)
        hasFailed = true
      }
      return !hasFailed
    },
    outdate: () => {
      isStale = true
    },
    isOutdated: () => isStale || ageMs() >= everyMs,
    ageMs,
    isDue: pace.isDue,
  }
}
