/**
 * Queues by key, and whose turn it is. A key that is in flight does not come up again before it has returned, so each
 * has one flush under way at most.
 *
 * States of a lane: absent -> ready (in the round) -> in flight -> ready (something has come meanwhile) | absent.
 * One that was put back is ready apart from the round, and goes alone.
 */
export interface Lane<Entry> {
  readonly key: string
  queue: Entry[]
  isInFlight: boolean
  isReady: boolean
}

export interface Lanes<Entry> {
  /** Lanes that are ready in the round, and that are ready to go alone. */
  ready(): number
  readyAlone(): number
  /** All of them. */
  size(): number
  add(key: string, entry: Entry): void
  /** The first of the round, or of those that go alone; it is in flight from now on. */
  next(): Lane<Entry> | undefined
  nextAlone(): Lane<Entry> | undefined
  /** Takes up to `max` entries from the lane's front. */
  take(lane: Lane<Entry>, max: number): Entry[]
  /** Drops a lane of whose entries nobody is left to wait, as when all are past their deadlines. */
  settled(key: string, isSettled: (entry: Entry) => boolean): void
  /** The lane's flush has returned; these entries of it go to the front again, and the lane goes alone. */
  returned(lane: Lane<Entry>, putBack: readonly Entry[]): void
}

export function createLanes<Entry>(): Lanes<Entry> {
  const lanes = new Map<string, Lane<Entry>>()
  const round: Lane<Entry>[] = []
  const alone: Lane<Entry>[] = []

  function laneOf(key: string): Lane<Entry> {
    const known = lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane<Entry> = { key, queue: [], isInFlight: false, isReady: false }
    lanes.set(key, lane)
    return lane
  }

  function makeReady(lane: Lane<Entry>, turns: Lane<Entry>[]): void {
    if (lane.isReady || lane.isInFlight) return
    lane.isReady = true
    turns.push(lane)
  }

  function takeTurn(turns: Lane<Entry>[]): Lane<Entry> | undefined {
    const lane = turns.shift()
    if (lane === undefined) return undefined
    lane.isReady = false
    lane.isInFlight = true
    return lane
  }

  return {
    ready: () => round.length,
    readyAlone: () => alone.length,
    size: () => lanes.size,
    add: (key, entry) => {
      const lane = laneOf(key)
      lane.queue.push(entry)
      makeReady(lane, round)
    },
    next: () => takeTurn(round),
    nextAlone: () => takeTurn(alone),
    take: (lane, max) => {
      if (lane.queue.length > max) return lane.queue.splice(0, max)
      const { queue } = lane
      lane.queue = []
      return queue
    },
    settled: (key, isSettled) => {
      const lane = lanes.get(key)
      if (lane === undefined || lane.isInFlight) return
      // The last one is mostly the last to be settled: the others are looked through once.
      const last = lane.queue.at(-1)
      if (last === undefined || !isSettled(last) || !lane.queue.every(isSettled)) return
      lanes.delete(key)
      for (const turns of [round, alone]) if (turns.includes(lane)) turns.splice(turns.indexOf(lane), 1)
    },
    returned: (lane, putBack) => {
      lane.isInFlight = false
      if (putBack.length > 0) {
        lane.queue = [...putBack, ...lane.queue]
        makeReady(lane, alone)
      } else if (lane.queue.length > 0) makeReady(lane, round)
      else lanes.delete(lane.key)
    },
  }
}
