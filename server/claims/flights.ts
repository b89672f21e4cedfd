/**
 * A batcher's flushes under way, and which goes next.
 *
 * Places: `concurrencyMax` in all; shared flushes take `sharedMax` of them at most, and those of a single key leave
 * these free. A flush is shared when several keys are ready, or when a shared one is under way already.
 */
import type { BatcherClock } from './batcher-clock.ts'
import { type Entries, type Entry, isWaiting } from './entries.ts'
import type { Lane, Lanes } from './lanes.ts'

/** Some of a lane's entries, on their way. */
export interface Part<Item, Result> {
  readonly lane: Lane<Entry<Item, Result>>
  readonly entries: readonly Entry<Item, Result>[]
}

/** A flush: a part for each of its keys. */
export type Flight<Item, Result> = readonly Part<Item, Result>[]

export interface Flights<Item, Result> {
  /** The next one, which is under way from now on; undefined when none is ready that has a place. */
  next(): Flight<Item, Result> | undefined
  /** It is over: its entries are settled, but for those that wait again, which go back into their lanes. */
  returned(flight: Flight<Item, Result>): void
  inFlight(): number
}

export interface FlightsOptions<Item, Result> {
  readonly lanes: Lanes<Entry<Item, Result>>
  readonly entries: Entries<Item, Result>
  readonly clock: BatcherClock
  readonly batchSizeMax: number
  readonly concurrencyMax: number
  readonly sharedMax: number
}

export function createFlights<Item, Result>(options: FlightsOptions<Item, Result>): Flights<Item, Result> {
  const { lanes, concurrencyMax, sharedMax } = options
  let inFlight = 0
  let sharedInFlight = 0

  /** Empty when nobody waits any more for what was ready. */
  function takeOff(): Flight<Item, Result> | undefined {
    if (hasRoomAlone() && lanes.readyAlone() > 0) return gather(options, lanes.nextAlone, 1)
    if (lanes.ready() === 0) return undefined
    const isShared = sharedMax > 0 && (lanes.ready() > 1 || sharedInFlight > 0)
    if (!(isShared ? hasRoomShared() : hasRoomAlone())) return undefined
    return gather(options, lanes.next, isShared ? Number.POSITIVE_INFINITY : 1)
  }

  /** What waits for a lock elsewhere may take all of these places, and leaves the shared ones free. */
  function hasRoomAlone(): boolean {
    return inFlight - sharedInFlight < concurrencyMax - sharedMax
  }

  function hasRoomShared(): boolean {
    return sharedInFlight < sharedMax && inFlight < concurrencyMax
  }

  function count(flight: Flight<Item, Result>, by: 1 | -1): void {
    inFlight += by
    if (flight.length > 1) sharedInFlight += by
  }

  return {
    next: () => {
      let flight = takeOff()
      while (flight?.length === 0) flight = takeOff()
      if (flight !== undefined) count(flight, 1)
      return flight
    },
    returned: (flight) => {
      count(flight, -1)
      for (const { lane, entries } of flight) lanes.returned(lane, entries.filter(isWaiting))
    },
    inFlight: () => inFlight,
  }
}

/** From lanes in their turn, as long as there is room; the last one may have to leave some behind. */
function gather<Item, Result>(
  options: FlightsOptions<Item, Result>,
  nextLane: () => Lane<Entry<Item, Result>> | undefined,
  lanesMax: number,
): Flight<Item, Result> {
  const flight: Part<Item, Result>[] = []
  for (let room = options.batchSizeMax; room > 0 && flight.length < lanesMax; ) {
    const lane = nextLane()
    if (lane === undefined) break
    const entries = takePart(options, lane, room)
    room -= entries.length
    if (entries.length > 0) flight.push({ lane, entries })
    else options.lanes.returned(lane, [])
  }
  return flight
}

/** The lane's next entries that somebody still waits for; the others are settled on the way. */
function takePart<Item, Result>(
  { lanes, entries, clock }: FlightsOptions<Item, Result>,
  lane: Lane<Entry<Item, Result>>,
  max: number,
): Entry<Item, Result>[] {
  const part: Entry<Item, Result>[] = []
  const nowMs = clock.now()
  while (part.length < max && lane.queue.length > 0) {
    for (const entry of lanes.take(lane, max - part.length)) if (entries.send(entry, nowMs)) part.push(entry)
  }
  return part
}
