import type { Meters } from '../metrics/meters.ts'
import { type Clock, systemClock } from './batcher-clock.ts'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from './claim.ts'
import { within } from './within.ts'

export interface JoinedOptions {
  readonly waitingMax: number
  /** Claims that `inner` has under way, at most: so many keys can be open. */
  readonly innerMax: number
  readonly meters?: Pick<Meters, 'watch' | 'count'> | undefined
  readonly clock?: Clock
}

/**
 * Claims with the same key that meet in one process: the first is decided, the others wait for its answer and get the
 * same. Across processes the database does that, where the first answer is kept.
 *
 * States of a key: absent -> open (its first claim is under way, others may wait for it) -> absent.
 * One that has waited for half of its time is told `in_progress`. Those that wait are at most `waitingMax`; one more is
 * told `overloaded`.
 */
export function createJoinedStrategy(inner: ClaimStrategy, options: JoinedOptions): ClaimStrategy {
  const { waitingMax, innerMax, meters, clock = systemClock } = options
  const open = new Map<string, { readonly payloadHash: string; readonly answer: Promise<ClaimDecision> }>()
  let waiting = 0
  let joined = 0
  meters?.watch('joined_keys', innerMax, () => open.size)
  meters?.watch('joined_claims', waitingMax, () => waiting)
  meters?.count('coupon_joined_claims_total', () => joined)

  async function first(request: ClaimRequest, payloadHash: string): Promise<ClaimDecision> {
    const answer = inner.claim(request)
    open.set(request.claimKey, { payloadHash, answer })
    try {
      return await answer
    } finally {
      open.delete(request.claimKey)
    }
  }

  async function join(request: ClaimRequest, answer: Promise<ClaimDecision>): Promise<ClaimDecision> {
    if (waiting >= waitingMax) return told('overloaded')
    waiting += 1
    joined += 1
    try {
      // Half of the time there is: the first one's own answer would come too late to be told as "still under way".
      const waitMs = (request.deadlineMs - clock.now()) / 2
      const decision = await within(answer, { waitMs, late: told('in_progress'), clock })
      // The first one's client is gone, and it was never sent: somebody else has to be the first.
      if (decision.outcome === 'abandoned') return await claim(request)
      return { ...decision, isReplay: decision.outcome !== 'in_progress' }
    } finally {
      waiting -= 1
    }
  }

  function claim(request: ClaimRequest): Promise<ClaimDecision> {
    const { payloadHash, claimKey } = request
    if (payloadHash === undefined) return inner.claim(request)
    const known = open.get(claimKey)
    if (known === undefined) return first(request, payloadHash)
    if (known.payloadHash !== payloadHash) return Promise.resolve(told('key_reused'))
    return join(request, known.answer)
  }

  return { claim, close: () => inner.close() }
}
