import type { SendClaims } from '../../server/claims/batch.ts'
import type { ClaimDecision, ClaimRequest, ClaimStrategy } from '../../server/claims/claim.ts'

/**
 * Watches what one process sends: claims for one coupon in the order of their calls, in one statement at a time, and no
 * more statements at once than it has connections.
 */
export function createOrderCheck(fail: (what: string) => void, concurrencyMax: number) {
  const places = new Map<ClaimRequest, number>()
  /** By coupon: the place of the last claim that was decided. */
  const decided = new Map<string, number>()
  const underWay = new Set<string>()
  let calls = 0
  let inFlight = 0

  function assertOrder(requests: readonly ClaimRequest[]): void {
    const last = new Map<string, number>()
    for (const request of requests) {
      const { couponName } = request
      const place = places.get(request) ?? 0
      if (place <= (last.get(couponName) ?? 0)) fail(`claims for ${couponName} were sent out of their order`)
      last.set(couponName, place)
    }
  }

  /** Of a batch that was halved, or sent again, some are decided already. */
  function note(requests: readonly ClaimRequest[], decisions: readonly (ClaimDecision | null)[]): void {
    requests.forEach((request, position) => {
      const place = places.get(request) ?? 0
      const before = decided.get(request.couponName) ?? 0
      if (decisions[position] === null || decisions[position] === undefined) return
      if (place < before && !again.has(request))
        fail(`a claim for ${request.couponName} was decided after one that came later`)
      again.add(request)
      decided.set(request.couponName, Math.max(before, place))
    })
  }
  const again = new Set<ClaimRequest>()

  return {
    stamped: (inner: ClaimStrategy): ClaimStrategy => ({
      claim: (request) => {
        calls += 1
        places.set(request, calls)
        return inner.claim(request)
      },
      close: () => inner.close(),
    }),
    watched:
      (send: SendClaims): SendClaims =>
      async (requests, isRetry) => {
        const names = namesOf(requests)
        for (const name of names) {
          if (underWay.has(name)) fail(`two statements for ${name} are under way`)
          underWay.add(name)
        }
        inFlight += 1
        if (inFlight > concurrencyMax) fail(`${inFlight} statements are under way`)
        assertOrder(requests)
        try {
          const decisions = await send(requests, isRetry)
          note(requests, decisions)
          return decisions
        } finally {
          inFlight -= 1
          for (const name of names) underWay.delete(name)
        }
      },
  }
}

function namesOf(requests: readonly ClaimRequest[]): string[] {
  const names: string[] = []
  for (const { couponName } of requests) if (!names.includes(couponName)) names.push(couponName)
  return names
}
