import type { Fault, FaultName } from '../fault.ts'
import { postgresCrash, postgresFreeze, sessionsTerminated } from './postgres.ts'
import { redisFlush, redisFreeze, redisKill } from './redis.ts'
import { rowHeld } from './row.ts'
import { serverKill, serverStop } from './servers.ts'
import { answersLost, connectionsCut, connectionsDelayed, connectionsHalfOpen } from './wires.ts'
import { rollingRestart, workerKill } from './workers.ts'

export interface FaultParts {
  /** The coupons that are on sale at the time; never none. */
  readonly couponNames: () => readonly string[]
}

/** Every fault, by its name. */
export function createFaults({ couponNames }: FaultParts): ReadonlyMap<FaultName, Fault> {
  const faults = {
    server_kill: serverKill,
    server_stop: serverStop,
    worker_kill: workerKill,
    rolling_restart: rollingRestart,
    sessions_terminated: sessionsTerminated,
    postgres_crash: postgresCrash,
    postgres_freeze: postgresFreeze,
    connections_cut: connectionsCut,
    connections_delayed: connectionsDelayed,
    connections_half_open: connectionsHalfOpen,
    answers_lost: answersLost,
    row_held: rowHeld(couponNames),
    redis_kill: redisKill,
    redis_freeze: redisFreeze,
    redis_flush: redisFlush,
  } satisfies Record<FaultName, Fault>
  return new Map(Object.entries(faults) as [FaultName, Fault][])
}
