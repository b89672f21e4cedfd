import type { Pool } from './connect.ts'

/** How far this machine's clock is ahead of the database's; negative when it is behind. */
export interface ClockDifference {
  readonly aheadMs: number
  /** The answer was so long under way: what the difference can be wrong by, half to each side. */
  readonly roundTripMs: number
}

const tries = 5

/** Asks several times and takes the quickest answer, whose moment is known best. */
export async function measureClock(pool: Pool): Promise<ClockDifference> {
  const measured: ClockDifference[] = []
  for (let n = 0; n < tries; n += 1) measured.push(await measureOnce(pool))
  return measured.reduce((best, each) => (each.roundTripMs < best.roundTripMs ? each : best))
}

async function measureOnce(pool: Pool): Promise<ClockDifference> {
  const beganAt = Date.now()
  const began = performance.now()
  const { rows } = await pool.query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS ms',
  )
  const roundTripMs = performance.now() - began
  return { aheadMs: beganAt + roundTripMs / 2 - (rows[0]?.ms ?? Number.NaN), roundTripMs }
}
