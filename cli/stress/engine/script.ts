import { createRecords, flag, type Records } from '../records.ts'
import { type Mix, requestKinds, type ScriptShape } from '../shape.ts'
import { createRandom, shuffle } from './order.ts'
import { intendedUsOf, momentsOf } from './pacer.ts'

/** 32 bytes a request are kept until the report is made: 320 MB. */
const requestsMax = 10_000_000

const claimKind = requestKinds.indexOf('claim')

/** Requests of one run, duplicates among them. The same shape has the same number. */
export function plannedRequests(shape: ScriptShape): number {
  const originals = originalsOf(shape)
  // More than can be sent at all: the caller refuses it, and need not wait for the count.
  if (shape.duplicates === 0 || originals > requestsMax) return originals
  const { kindAt, isDoubled } = createChoices(shape)
  let total = originals
  for (let turn = 0; turn < originals; turn++) if (isDoubled(kindAt())) total++
  return total
}

/**
 * Writes out who asks for what, and when: one line a request, in the order of sending. The shape alone, with its seed,
 * decides every line. Throws `RangeError` for more than ten million.
 */
export function writeScript(shape: ScriptShape): Records & { buffer: SharedArrayBuffer } {
  const total = plannedRequests(shape)
  if (total > requestsMax) {
    throw new RangeError(
      `${total} requests are more than the ${requestsMax} of one run: take fewer users or attempts, a lower rate or a shorter time.`,
    )
  }
  const records = createRecords(total)
  const { kindAt, isDoubled, isAbandoned } = createChoices(shape)
  const userAt = usersOf(shape)
  const intendedUsAt = shape.load.kind === 'burst' ? () => 0 : intendedUsOf(shape.load)
  const originals = originalsOf(shape)
  let line = 0

  function write(turn: number, kind: number, flags: number): void {
    records.users[line] = userAt(turn)
    records.coupons[line] = couponAt(turn, shape)
    records.kinds[line] = kind
    records.flags[line] = flags | (isAbandoned() ? flag.isAbandoned : 0)
    records.intendedUs[line] = intendedUsAt(turn)
    line++
  }

  for (let turn = 0; turn < originals; turn++) {
    const kind = kindAt()
    write(turn, kind, 0)
    if (isDoubled(kind)) write(turn, kind, flag.isDuplicate)
  }
  return records
}

function originalsOf({ load, users, attempts }: ScriptShape): number {
  return load.kind === 'burst' ? users * attempts : momentsOf(load)
}

/** A burst shuffles all attempts of all users; in an open model the users come round in one shuffled order. */
function usersOf({ load, users, attempts, seed }: ScriptShape): (turn: number) => number {
  const order = new Uint32Array(load.kind === 'burst' ? users * attempts : users)
  for (let turn = 0; turn < order.length; turn++) order[turn] = turn % users
  shuffle(order, createRandom(seed))
  return (turn) => order[turn % order.length] ?? 0
}

/** In turns; each round of the users begins one coupon further on, so that a user does not always meet the same. */
function couponAt(turn: number, { coupons, users }: ScriptShape): number {
  return (turn + Math.floor(turn / users)) % coupons
}

interface Choices {
  /** The kind of the next request. */
  kindAt(): number
  /** Whether a duplicate follows it; asked once for each original. */
  isDoubled(kind: number): boolean
  isAbandoned(): boolean
}

/** Each kind of choice has a chance of its own, so that more duplicates change nobody's kind. */
function createChoices({ mix, duplicates, abandon, seed }: ScriptShape): Choices {
  const seeds = createRandom(seed)
  const chance = () => createRandom(Math.floor(seeds() * 4_294_967_296))
  const [kinds, doubles, cuts] = [chance(), chance(), chance()]
  const kindOf = createWheel(mix)
  return {
    kindAt: () => kindOf(kinds()),
    isDoubled: (kind) => duplicates > 0 && kind === claimKind && doubles() < duplicates,
    isAbandoned: () => abandon > 0 && cuts() < abandon,
  }
}

/** From a chance in [0, 1) to a kind's number in `requestKinds`, by the weights. */
function createWheel(mix: Mix): (chance: number) => number {
  const claims = mix.claim
  const releases = claims + mix.release
  const all = releases + mix.eligibility
  return (chance) => (chance * all < claims ? 0 : chance * all < releases ? 1 : 2)
}
