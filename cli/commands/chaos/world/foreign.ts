import { setTimeout as pause } from 'node:timers/promises'
import { AppError, messageOf } from '../../../../server/public/basics.ts'
import { connectPool } from '../../../../server/public/database.ts'
import type { ForeignSession } from '../../../chaos/world.ts'
import { purpose } from './database.ts'

/** Servers' sessions are called `coupon claims PID` and the like, ours `coupon chaos PID`. */
const terminate = `
  SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'coupon %'
    AND application_name NOT LIKE $1::text || ' %' AND random() < $2::double precision`

const lockCoupon = 'SELECT id FROM coupons WHERE name = $1::text AND deleted_at IS NULL FOR UPDATE'

/** Another fault may hold the database meanwhile; it is waited for that long. */
const insistMsMax = 30_000
const pauseMs = 100

export interface OpenForeignSession extends ForeignSession {
  close(): Promise<void>
}

/** Sessions with the database at the url, past all wires. */
export function openForeignSession(url: string): OpenForeignSession {
  const pool = connectPool(url, { max: 4, purpose })
  return {
    terminateSessions: (share) =>
      insist(async () => {
        const { rows } = await pool.query<{ ended: string }>(terminate, [`coupon ${purpose}`, share])
        return Number(rows[0]?.ended ?? 0)
      }),
    holdRow: (couponName) =>
      insist(async () => {
        const client = await pool.connect()
        try {
          await client.query('BEGIN')
          await client.query(lockCoupon, [couponName])
        } catch (error) {
          client.release(true)
          throw error
        }
        let isReleased = false
        return async () => {
          if (isReleased) return
          isReleased = true
          // Who ended the session meanwhile has ended the transaction as well.
          await client.query('ROLLBACK').catch(() => {})
          client.release(true)
        }
      }),
    close: () => pool.end(),
  }
}

/** Tries again while the database cannot be used. Throws `AppError('unreachable')` when that goes on for too long. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (const giveUpMs = performance.now() + insistMsMax; ; await pause(pauseMs)) {
    try {
      return await work()
    } catch (error) {
      if (performance.now() < giveUpMs) continue
      const why = `The database of the run could not be used for ${insistMsMax / 1000} s: ${messageOf(error)}.`
      throw new AppError('unreachable', why, { cause: error })
    }
  }
}
