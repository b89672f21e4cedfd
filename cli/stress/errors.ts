import type { Ending } from './outcomes.ts'

/** Equal errors, counted. */
export interface ErrorCount {
  readonly error: string
  readonly count: number
  /** How many of them left it open whether a claim was stored. */
  readonly uncertain: number
  /** One of them, in its own words. */
  readonly example: string
}

export interface ErrorSet {
  add(ending: Ending): void
  /** The most frequent first. */
  list(): ErrorCount[]
}

/** A server that words every error anew must not fill the memory. */
const kindsMax = 100
const restLabel = 'of further kinds'

export function createErrorSet(): ErrorSet {
  const counts = new Map<string, { count: number; uncertain: number; example: string }>()

  function entryFor(label: string, example: string) {
    const key = counts.has(label) || counts.size < kindsMax ? label : restLabel
    const entry = counts.get(key) ?? { count: 0, uncertain: 0, example }
    counts.set(key, entry)
    return entry
  }

  return {
    add: ({ error, example, isUncertain }) => {
      if (error === null) return
      const entry = entryFor(error, example)
      entry.count++
      if (isUncertain) entry.uncertain++
    },
    list: () => sorted([...counts].map(([error, entry]) => ({ error, ...entry }))),
  }
}

/** The errors of several threads as one list. */
export function mergeErrors(lists: readonly (readonly ErrorCount[])[]): ErrorCount[] {
  const merged = new Map<string, ErrorCount>()
  for (const one of lists.flat()) {
    const { count, uncertain, example } = merged.get(one.error) ?? { ...one, count: 0, uncertain: 0 }
    merged.set(one.error, {
      error: one.error,
      count: count + one.count,
      uncertain: uncertain + one.uncertain,
      example,
    })
  }
  return sorted([...merged.values()])
}

function sorted(counts: ErrorCount[]): ErrorCount[] {
  return counts.sort((one, other) => other.count - one.count)
}
