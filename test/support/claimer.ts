/**
 * A process that claims through strategies of its own, as one server among several. It is told, by messages
 * with an id, to open a strategy, to claim a list at once, to change claims, to sweep, and to close; it answers each
 * with the same id.
 */
import type pg from 'pg'
import { createClaimLife } from '../../server/claims/changes.ts'
import type { ClaimStrategy } from '../../server/claims/claim.ts'
import type { ClaimLife } from '../../server/claims/life.ts'
import { createStrategy } from '../../server/claims/strategies.ts'
import { sweepDueHolds } from '../../server/claims/sweep.ts'
import { connectPool } from '../../server/db/connect.ts'
import type { ClaimerCommand } from './claimers.ts'
import { decideAll } from './claims.ts'
import { createUnfencedLockStrategy } from './unfenced-lock.ts'

interface Parts {
  readonly strategy: ClaimStrategy
  readonly life: ClaimLife
  readonly pool: pg.Pool
}

let parts: Parts | undefined

async function obey(command: ClaimerCommand): Promise<unknown> {
  if (command.type === 'open') {
    const { name, databaseUrl, isUnfenced, ...options } = command.strategy
    const pool = connectPool(databaseUrl, { max: 4, timeoutMs: options.timeoutMs })
    const life = createClaimLife({ pool, ...options.claim, concurrencyMax: 4 })
    const create = isUnfenced === true ? createUnfencedLockStrategy : createStrategy.bind(null, name)
    parts = { pool, life, strategy: create({ ...options, pool }) }
    // The first connection is there before the start, so that the processes do meet.
    await pool.query('SELECT 1')
    return undefined
  }
  if (parts === undefined) throw new Error('The claimer was not told to open a strategy.')
  return obeyOpen(command, parts)
}

async function obeyOpen(command: ClaimerCommand, { strategy, life, pool }: Parts): Promise<unknown> {
  switch (command.type) {
    case 'claim':
      return decideAll(strategy, command.wishes, command.timeoutMs)
    case 'change': {
      const change = { actor: 'claimer', reason: null, correlationId: String(process.pid) }
      const deadlineMs = performance.now() + 10_000
      return Promise.all(command.claimIds.map((id) => life[command.verb](id, change, deadlineMs)))
    }
    case 'sweep':
      return sweepDueHolds(pool)
    default:
      await strategy.close()
      await life.close()
      await pool.end()
      return undefined
  }
}

process.on('message', ({ id, command }: { id: number; command: ClaimerCommand }) => {
  obey(command).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, failure: error instanceof Error ? error.stack : String(error) }),
  )
})
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGKILL')
})
process.send?.({ id: 0 })
