import type { World, WorldShape } from './world.ts'

/** Everything that can be done to a running sale, as --faults and the report name it. */
export const faultNames = [
  'server_kill',
  'server_stop',
  'worker_kill',
  'rolling_restart',
  'sessions_terminated',
  'postgres_crash',
  'postgres_freeze',
  'connections_cut',
  'connections_delayed',
  'connections_half_open',
  'answers_lost',
  'row_held',
  'redis_kill',
  'redis_freeze',
  'redis_flush',
] as const

export type FaultName = (typeof faultNames)[number]

/** Numbers out of the seed. */
export interface Draw {
  /** From 0 up to, but not including, 1. */
  next(): number
  /** A whole number, both ends included. */
  between(min: number, max: number): number
  pick<Item>(items: readonly Item[]): Item
}

export interface Fault {
  readonly name: FaultName
  /** What it does, in a line for a person. */
  readonly title: string
  /** Why it cannot be injected in this world; null when it can. */
  impossible(world: WorldShape): string | null
  /** Resolves when the fault is in effect. Draws before it waits for anything, so that a seed decides the same each time. */
  inject(world: World, draw: Draw): Promise<Injection>
}

export interface Injection {
  /** What it was aimed at: `server 2`, `Postgres`, `coupon CHAOS_3`. */
  readonly target: string
  /** The names of the servers that feel it. */
  readonly servers: readonly string[]
  /** Those among them that cannot reach their database while it lasts. */
  readonly withoutDatabase: readonly string[]
  /** How long it is left in effect; 0 for what is over at once. */
  readonly lastsMs: number
  /** Resolves when its cause is gone: a server listens again, a link passes bytes. Never rejects because the thing is gone. */
  heal(): Promise<void>
}

/** A fault as it went; times are milliseconds since the run began. */
export interface FaultWindow {
  readonly fault: FaultName
  readonly target: string
  readonly servers: readonly string[]
  readonly withoutDatabase: readonly string[]
  readonly injectedMs: number
  /** In effect from here; between the two it may or may not be felt. */
  readonly effectiveMs: number
  /** `heal` was called. */
  readonly healingMs: number
  /** `heal` has resolved. */
  readonly healedMs: number
  /** Every server that felt it has decided a claim that was sent after `healedMs`; null when that never came. */
  readonly recoveredMs: number | null
}
