import type { Lifecycle } from '../../../server/public/basics.ts'
import type { Ledger } from '../../stress/proof/ledger.ts'

/** With what right requests are sent: each user's own token, signed here; one admin's for all; or none. */
export type AuthSource = 'signed' | 'login' | 'open'

/** What a storm is aimed at: one server, or one after the other with each strategy, on the same users. */
export interface Target {
  readonly auth: AuthSource
  /** The headers `Authorization`: one for each user, by index; one for all; or none. */
  readonly authorizations: readonly string[] | string | null
  readonly evidence: 'database' | 'api'
  readonly postgres: string | null
  readonly redis: string | null
  /** Makes the coupons of one run, and a server with that strategy where it is ours. Throws `AppError`. */
  openRound(round: RoundPlan): Promise<Round>
}

export interface RoundPlan {
  /** Null leaves it to the configuration, or to the server of `--url`. */
  readonly strategy: string | null
  /** Canonical. */
  readonly couponNames: readonly string[]
  readonly quota: number
}

/** Ready to be stormed. */
export interface Round {
  readonly url: string
  readonly paths: RoutePaths
  /** Null when the server does not say. */
  readonly strategy: string | null
  /** What is stored of each coupon right now, in the order of their names. */
  readLedgers(): Promise<Ledger[]>
}

/** Whole paths below the origin, without a slash at their end. */
export interface RoutePaths {
  /** `POST` claims. */
  readonly claim: string
  /** `DELETE {claims}/{id}` gives one back. */
  readonly claims: string
  /** `GET {coupons}/{name}/eligibility` asks "may I?". */
  readonly coupons: string
}

/** Of the API at `url`, which may lie below a path itself. */
export function pathsBelow(url: string, apiPrefix: string): RoutePaths {
  const api = new URL(url).pathname.replace(/\/+$/, '') + apiPrefix
  return { claim: `${api}/coupons/claim`, claims: `${api}/claims`, coupons: `${api}/coupons` }
}

export interface TargetContext {
  /** The configuration file of `--config`. */
  readonly config?: string
  /** Everything that a target opens is released by it. */
  readonly lifecycle: Lifecycle
  readonly signal: AbortSignal
  announce(line: string): void
  /** Asks on the terminal; throws `AppError` where there is none. */
  askPassword(message: string): Promise<string>
}
