import type { Pool } from '../db/connect.ts'
import { type ClaimStrategy, told } from './claim.ts'
import { sendClaims } from './claim-rows.ts'
import { createGatedStrategy, type GateOptions } from './gate.ts'
import { claimInTransaction } from './transaction.ts'

/** One transaction a claim under the coupon's row lock: the plain, correct way, and the measure for `batch`. */
export function createAtomicStrategy(options: GateOptions & { pool: Pool }): ClaimStrategy {
  return createGatedStrategy(
    (request, onSent) =>
      claimInTransaction(options.pool, request, {
        onSent,
        send: async (client, isRetry) => {
          const [decision] = await sendClaims(client, [request], { isRetry })
          return decision ?? told('unknown')
        },
      }),
    options,
  )
}
