/** What there is in a world, or will be: whether a fault can be injected hangs on it. */
export interface WorldShape {
  readonly servers: readonly { readonly workers: number }[]
  /** Null when it was given, and so is not ours to stop. */
  readonly postgres: object | null
  /** Null when no server uses one. */
  readonly redis: object | null
}

/** What faults act on: real processes, and the wires between them. The load knows of it the servers' names and addresses. */
export interface World {
  readonly servers: readonly ChaosServer[]
  /** Null when it was given, and so is not ours to stop. */
  readonly postgres: PostgresControl | null
  /** Null when no server uses one, or it is not ours to stop. */
  readonly redis: RedisControl | null
  /** A session of somebody else, past all proxies. */
  readonly foreign: ForeignSession
}

export interface ChaosServer {
  /** `server 1`, `server 2` … */
  readonly name: string
  readonly strategy: string
  /** Processes that answer; what is done to one worker needs two or more. */
  readonly workers: number
  /** The same in all its lives. */
  readonly url: string
  /** Its own wire to Postgres. */
  readonly toPostgres: Wire
  /** SIGKILL to the process and all that it has started; resolves when they are gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<{ readonly exitCode: number | null; readonly tookMs: number }>
  /** Resolves when it listens again. */
  start(): Promise<void>
  /** SIGHUP; resolves when every worker was replaced. */
  restartWorkers(): Promise<void>
  /** SIGKILL to one of its workers, by their order from 0; resolves when that one is gone. */
  killWorker(at: number): Promise<KilledWorker>
}

export interface KilledWorker {
  readonly pid: number
  /** Resolves when the server has as many workers that answer as before. */
  readonly replaced: Promise<void>
}

/** A TCP proxy. States: open -> one of the faults -> open. */
export interface Wire {
  /** Resets every connection; new ones pass. */
  cut(): void
  /** Nothing passes and nothing is closed; new connections are accepted and hear nothing. */
  freeze(): void
  /** Every piece is delivered so much later, in its order. */
  delay(ms: number): void
  /** The next `times` answers that end a transaction of a claim or a change are lost with their connection, after the commit. */
  loseAnswers(times: number): void
  /** Back to open. Connections that were frozen are reset by nobody: their bytes pass, late. */
  heal(): void
}

export interface PostgresControl {
  /** `-m immediate`: no checkpoint, no farewell. Resolves when it is down. */
  crash(): Promise<void>
  /** Resolves when it accepts connections; at the same address. */
  start(): Promise<void>
  /** SIGSTOP to it and to all of its backends; and SIGCONT. */
  freeze(): void
  thaw(): void
}

export interface RedisControl {
  kill(): Promise<void>
  start(): Promise<void>
  freeze(): void
  thaw(): void
  flush(): Promise<void>
}

export interface ForeignSession {
  /** pg_terminate_backend for every session of our servers, or a share of them; how many were ended. */
  terminateSessions(share: number): Promise<number>
  /** Locks the row of a coupon until the returned function is called. */
  holdRow(couponName: string): Promise<() => Promise<void>>
}
