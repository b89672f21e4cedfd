import type { Pool } from '../db/connect.ts'
import type { AskEligibility, Reason } from './life.ts'
import { eligibility } from './sql/eligibility.ts'

interface Row {
  readonly reasons: readonly Reason['code'][]
  readonly standing_until: Date | null
  readonly starts_at: Date | null
}

export function createEligibility(pool: Pool): AskEligibility {
  return async (couponName, username) => {
    const { rows } = await pool.query<Row>({ ...eligibility, values: [couponName, username] })
    return rows.flatMap((row) => row.reasons.map((code) => ({ code, until: untilOf(code, row) })))
  }
}

function untilOf(code: Reason['code'], { standing_until, starts_at }: Row): Date | null {
  if (code === 'not_started') return starts_at
  return code === 'already_claimed' ? standing_until : null
}
