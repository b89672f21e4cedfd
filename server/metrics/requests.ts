/** Requests answered, by method, route and status; the route is a template such as `/api/coupons/{name}`. */
export interface RequestTally {
  /** What counts answers of this method and route, to be kept by who asks often. */
  of(method: string, route: string): CountAnswer
  read(): RequestCount[]
  /** How many pairs of method and route there are, and at most. */
  pairs(): number
  readonly pairsMax: number
}

/** 0 stands for a client that was gone before it was answered. */
export type CountAnswer = (status: number) => void

export interface RequestCount {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly count: number
}

/** What the API answers to; all others are one. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
/** There are some 30 routes: a server that counts a path for a route must not fill its memory with them. */
const pairsMax = 500
const statusMax = 599

interface Pair {
  readonly method: string
  readonly route: string
  readonly counts: Float64Array
  readonly count: CountAnswer
}

export function createRequestTally(): RequestTally {
  const known = new Map<string, Pair>()

  function pairOf(asked: string, template: string): Pair {
    const method = methods.includes(asked) ? asked : 'other'
    const key = `${method} ${template}`
    const pair = known.get(key)
    if (pair !== undefined) return pair
    // The last place is for all that come after.
    if (known.size >= pairsMax - 1 && template !== 'other') return pairOf('other', 'other')
    const made = createPair(method, template)
    known.set(key, made)
    return made
  }

  return {
    of: (method, route) => pairOf(method, route).count,
    read: () => [...known.values()].flatMap(countsOf),
    pairs: () => known.size,
    pairsMax,
  }
}

function createPair(method: string, route: string): Pair {
  const counts = new Float64Array(statusMax + 1)
  const count = (status: number) => {
    counts[status] = (counts[status] ?? 0) + 1
  }
  return { method, route, counts, count }
}

function countsOf({ method, route, counts }: Pair): RequestCount[] {
  const found: RequestCount[] = []
  counts.forEach((count, status) => {
    if (count > 0) found.push({ method, route, status, count })
  })
  return found
}
