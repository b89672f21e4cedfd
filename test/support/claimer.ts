/**
 * A process that claims through strategies of its own, as one server among several. It is told, by messages
 * with an id, to open a strategy, to claim a list at once, and to close; it answers each with the same id.
 */
import type pg from 'pg'
import type { ClaimStrategy } from '../../server/claims/claim.ts'
import { createStrategy } from '../../server/claims/strategies.ts'
import { connectPool } from '../../server/db/connect.ts'
import type { ClaimerCommand } from './claimers.ts'
import { claimAll } from './claims.ts'

let strategy: ClaimStrategy | undefined
let pool: pg.Pool | undefined

async function obey(command: ClaimerCommand): Promise<unknown> {
  if (command.type === 'open') {
    const { name, databaseUrl, ...parts } = command.strategy
    pool = connectPool(databaseUrl, { max: 4, timeoutMs: parts.timeoutMs })
    strategy = createStrategy(name, { ...parts, pool })
    // The first connection is there before the start, so that the processes do meet.
    await pool.query('SELECT 1')
    return undefined
  }
  if (strategy === undefined) throw new Error('The claimer was not told to open a strategy.')
  if (command.type === 'claim') return claimAll(strategy, command.wishes, command.timeoutMs)
  await strategy.close()
  await pool?.end()
  return undefined
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
