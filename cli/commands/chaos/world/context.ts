import type { Lifecycle } from '../../../../server/public/basics.ts'

/** What the parts of a world are opened with. */
export interface WorldContext {
  /** Releases everything that was opened, last in first out. */
  readonly lifecycle: Lifecycle
  readonly signal: AbortSignal
  announce(line: string): void
}
