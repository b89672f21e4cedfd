import type { ErrorCount } from './errors.ts'
import type { Records } from './records.ts'
import type { GeneratorFigures } from './report/document.ts'
import type { ScriptShape } from './shape.ts'

/** One run of load. All of it but the signal can be handed to another thread. */
export interface LoadOptions {
  readonly url: string
  readonly paths: { readonly claim: string; readonly claims: string; readonly coupons: string }
  readonly couponNames: readonly string[]
  readonly authorizations: readonly string[] | string | null
  readonly shape: ScriptShape
  /** Written out by the script, before; filled in as answers come. */
  readonly records: Records & { readonly buffer: SharedArrayBuffer }
  readonly connections: number
  readonly isCold: boolean
  readonly threads: number
  readonly timeoutMs: number
  /** Its abort ends the sending: what is under way is given two seconds to be answered, then cut. */
  readonly signal: AbortSignal
}

export interface LoadResult {
  readonly ending: 'finished' | 'interrupted'
  readonly errors: readonly ErrorCount[]
  readonly generator: GeneratorFigures
}

/** Opened, warm unless cold, waiting at the barrier. */
export interface Load {
  /** Sends everything. */
  run(): Promise<LoadResult>
  close(): Promise<void>
}
