import { createErrorSet, type ErrorCount } from '../errors.ts'
import { type PackedAuthorizations, readAuthorizations } from './authorizations.ts'
import { openConnections } from './connections.ts'
import { runDrive } from './driver.ts'
import type { LoadOptions } from './engine.ts'
import { type ThreadFigures, watchThread } from './generator.ts'
import type { Share } from './lines.ts'
import { createWire } from './wire.ts'

/** One thread's part of a load; what can be handed to another thread, but for the signal. */
export interface SenderOptions
  extends Omit<LoadOptions, 'connections' | 'threads' | 'authorizations' | 'signal'> {
  readonly share: Share
  /** Of this thread. */
  readonly connections: number
  readonly authorizations: LoadOptions['authorizations'] | PackedAuthorizations
}

/** What a thread has to tell when it is done. */
export interface SenderResult {
  readonly ending: 'finished' | 'interrupted'
  readonly errors: readonly ErrorCount[]
  readonly figures: ThreadFigures
}

/** A thread's connections, open. */
export interface Sender {
  /** Sends; `startMs` is the run's beginning by this thread's `performance.now()`. */
  run(startMs: number): Promise<SenderResult>
  close(): Promise<void>
}

export async function openSender(options: SenderOptions, signal: AbortSignal): Promise<Sender> {
  const { records, share, shape, timeoutMs } = options
  const { clients, close } = await openConnections({ ...options, count: options.connections, signal })
  const closing = new AbortController()
  const wire = createWire({
    ...options,
    authorizationOf: readAuthorizations(options.authorizations),
    hasReleases: shape.mix.release > 0,
  })
  return {
    run: async (startMs) => {
      const errors = createErrorSet()
      const stopWatching = watchThread()
      const ending = await runDrive({
        clients,
        records,
        share,
        wire,
        timeoutMs,
        signal: AbortSignal.any([signal, closing.signal]),
        isOpen: shape.load.kind !== 'burst',
        nowUs: () => (performance.now() - startMs) * 1000,
        onError: errors.add,
      })
      return { ending, errors: errors.list(), figures: stopWatching() }
    },
    close: () => {
      // A run that is still going on must not go on to its next request when its connections are cut.
      closing.abort()
      return close()
    },
  }
}
