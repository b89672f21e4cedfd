import { setTimeout as sleep } from 'node:timers/promises'
import type { Draw } from '../fault.ts'
import type { LoadServer } from './asker.ts'
import { type Visitor, wonOf } from './visitor.ts'

/** What a visitor does, from beginning to end. */
type Scenario = (visitor: Visitor) => Promise<unknown>

/** The shortest hold there is. */
const shortHoldS = 1
/** Longer than a run's worst outage: it is confirmed or given back before it runs out. */
const longHoldS = 120

/** Half of those who hold or return do it with a key. */
function maybeKey({ draw, newKey }: Visitor): string | undefined {
  return draw.next() < 0.5 ? newKey() : undefined
}

/** What is sent twice at once goes to two servers, where there are two. */
function twoPlaces({ draw, servers }: Visitor) {
  const turn = draw.between(0, servers.length - 1)
  return (place: number) => ({ first: servers[(turn + place) % servers.length] as LoadServer })
}

export const scenarios = {
  claimsOnce: ({ claim, newcomer }) => claim(newcomer()),

  clicksTwice: async (visitor) => {
    const { claim, newcomer } = visitor
    const [account, at] = [newcomer(), twoPlaces(visitor)]
    await Promise.all([claim(account, at(0)), claim(account, at(1))])
  },

  claimsWithKey: async ({ draw, newKey, claim, newcomer }) => {
    const [account, key] = [newcomer(), newKey()]
    await claim(account, { key })
    if (draw.next() < 0.4) await claim(account, { key })
  },

  /** One order that two tabs send at once. */
  sendsOneKeyTwice: async ({ newKey, claim, newcomer }) => {
    const [account, key] = [newcomer(), newKey()]
    await Promise.all([claim(account, { key }), claim(account, { key })])
  },

  claimsAgain: async ({ claim, newcomer }) => {
    const account = newcomer()
    await claim(account)
    await claim(account)
  },

  usesKeyForAnother: async ({ newKey, claim, newcomer }) => {
    const [account, key] = [newcomer(), newKey()]
    await claim(account, { key })
    await claim(account, { key, holdSeconds: longHoldS })
  },

  confirmsHold: async (visitor) => {
    const held = await visitor.claim(visitor.newcomer(), { key: maybeKey(visitor), holdSeconds: longHoldS })
    await visitor.confirm(held)
    if (visitor.draw.next() < 0.2) await visitor.confirm(held)
  },

  releasesHold: async (visitor) => {
    const held = await visitor.claim(visitor.newcomer(), { key: maybeKey(visitor), holdSeconds: longHoldS })
    await visitor.release(held)
    if (visitor.draw.next() < 0.3) await visitor.confirm(held)
  },

  forgetsHold: async (visitor) => {
    await visitor.claim(visitor.newcomer(), { key: maybeKey(visitor), holdSeconds: shortHoldS })
  },

  confirmsTooLate: async (visitor) => {
    const account = visitor.newcomer()
    const held = await visitor.claim(account, { key: maybeKey(visitor), holdSeconds: shortHoldS })
    if (wonOf(held) === null) return
    await sleep(shortHoldS * 1000 + visitor.draw.between(50, 500))
    await visitor.confirm(held)
    if (visitor.draw.next() < 0.5) await visitor.claim(account)
  },

  changesTheirMind: async (visitor) => {
    const { draw, claim, release, newcomer } = visitor
    const [account, key] = [newcomer(), maybeKey(visitor)]
    const claimed = await claim(account, { key })
    await release(claimed)
    if (draw.next() < 0.3) await release(claimed)
    // The first answer to a key stays, whatever has become of the claim.
    if (key !== undefined && draw.next() < 0.5) await claim(account, { key })
    await claim(account)
  },

  /** One cancellation that two tabs send at once: the unit goes back once. */
  releasesTwice: async (visitor) => {
    const { draw, claim, release, newcomer } = visitor
    const holdSeconds = draw.next() < 0.5 ? { holdSeconds: longHoldS } : {}
    const held = await claim(newcomer(), { key: maybeKey(visitor), ...holdSeconds })
    const at = twoPlaces(visitor)
    await Promise.all([release(held, at(0)), release(held, at(1))])
  },

  confirmsAndReleases: async (visitor) => {
    const { claim, confirm, release, newcomer } = visitor
    const held = await claim(newcomer(), { key: maybeKey(visitor), holdSeconds: longHoldS })
    const at = twoPlaces(visitor)
    await Promise.all([confirm(held, at(0)), release(held, at(1))])
  },

  /** Just when the hold runs out: its end and the release must not both give the unit back. */
  releasesAtTheEnd: async (visitor) => {
    const { draw, claim, release, newcomer } = visitor
    const held = await claim(newcomer(), { key: maybeKey(visitor), holdSeconds: shortHoldS })
    if (wonOf(held) === null) return
    await sleep(shortHoldS * 1000 + draw.between(-100, 400))
    const at = twoPlaces(visitor)
    await Promise.all([release(held, at(0)), release(held, at(1))])
  },

  /** Once and again, at whatever server: what was told is seen there. */
  looksAround: async (visitor) => {
    const { draw, claim, confirm, release, look, lookAtCoupon, newcomer } = visitor
    const account = newcomer()
    await lookAtCoupon(account)
    const held = await claim(account, { key: maybeKey(visitor), holdSeconds: longHoldS })
    await look(held)
    await (draw.next() < 0.5 ? confirm(held) : release(held))
    await look(held)
  },

  comesBack: async (visitor) => {
    await visitor.claim(visitor.returner(), { key: maybeKey(visitor) })
  },
  comesLate: ({ claim, straggler }) => claim(straggler()),
} as const satisfies Readonly<Record<string, Scenario>>

/** How often each is played, in proportion. */
const weights: Readonly<Record<keyof typeof scenarios, number>> = {
  claimsOnce: 22,
  clicksTwice: 10,
  claimsWithKey: 20,
  sendsOneKeyTwice: 4,
  claimsAgain: 5,
  usesKeyForAnother: 3,
  confirmsHold: 8,
  releasesHold: 6,
  forgetsHold: 5,
  confirmsTooLate: 3,
  changesTheirMind: 8,
  releasesTwice: 4,
  confirmsAndReleases: 3,
  releasesAtTheEnd: 3,
  looksAround: 4,
  comesBack: 6,
  comesLate: 8,
}

const deck: readonly Scenario[] = Object.entries(weights).flatMap(([name, weight]) =>
  Array.from({ length: weight }, () => scenarios[name as keyof typeof scenarios]),
)

export function drawScenario(draw: Draw): Scenario {
  return draw.pick(deck)
}
