import type { Lifecycle } from '../../../server/public/basics.ts'
import type { Ledger } from '../../stress/ledger.ts'
import type { AuthSource, EvidenceSource } from '../../stress/report/report.ts'

/** A server with the coupon made and the users in place: ready to be stormed. */
export interface Target {
  readonly url: string
  /** The claim route's path below the origin. */
  readonly claimPath: string
  /** Null when the server does not say. */
  readonly strategy: string | null
  readonly auth: AuthSource
  /** The header `Authorization` of each user's claims, made already; null in open mode. */
  readonly authorizationOf: ((user: number) => string) | null
  readonly evidence: EvidenceSource
  readonly postgres: string | null
  readonly redis: string | null
  /** What is stored of the coupon right now. */
  readLedger(): Promise<Ledger>
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
