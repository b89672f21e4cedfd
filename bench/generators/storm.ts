import { openLoad } from '../../cli/stress/engine/engine.ts'
import { writeScript } from '../../cli/stress/engine/script.ts'
import type { LoadShape } from '../../cli/stress/shape.ts'
import { claimPath, cpuNowUs, type Load, type Measured } from './load.ts'
import { couponName } from './stream.ts'
import { summarise } from './summary.ts'

/** As long as a token that the server signs. */
const authorization = `Bearer ${'x'.repeat(220)}`

/**
 * The whole engine of `coupon stress`, script included, as the command uses it: a burst of all users, as often
 * as makes up the number, or at a rate. For servers that do not look at what they are asked: its tokens are not signed.
 */
export async function sendByStorm(load: Load): Promise<Measured> {
  const { url, stream, requests, connections, ratePerS, secret } = load
  const users = Math.min(requests, stream.users)
  const shape = {
    load: (ratePerS === 0
      ? { kind: 'burst' }
      : { kind: 'rate', perS: ratePerS, durationS: requests / ratePerS }) satisfies LoadShape as LoadShape,
    users,
    attempts: ratePerS === 0 ? Math.ceil(requests / users) : 1,
    coupons: 1,
    mix: { claim: 1, release: 0, eligibility: 0 },
    duplicates: 0,
    abandon: 0,
    seed: 1,
  }
  const records = writeScript(shape)
  const opened = await openLoad({
    url,
    paths: { claim: claimPath, claims: '/api/claims', coupons: '/api/coupons' },
    couponNames: [couponName(stream.prefix, 0)],
    authorizations:
      secret === null ? null : Array.from({ length: users }, (_, user) => `${authorization}${user}`),
    shape,
    records,
    connections,
    isCold: false,
    threads: 1,
    timeoutMs: 30_000,
    signal: new AbortController().signal,
  })
  try {
    const startCpuUs = cpuNowUs()
    await opened.run()
    const cpuUs = cpuNowUs() - startCpuUs
    return { ...summarise(records), cpuUs }
  } finally {
    await opened.close()
  }
}
