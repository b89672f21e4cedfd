import { withFileLock } from './file-lock.ts'
import { freezeServer, thawServer } from './freeze.ts'
import { type EmbeddedPostgresInternals, toolsOf } from './open.ts'
import type { Place } from './place.ts'
import { inspectPostmaster } from './postmaster.ts'
import { startServer, stopServer, type Tools } from './start-stop.ts'

/**
 * What a test of others can do to a server that is ours alone. States: up <-> frozen; up -> down -> up.
 */
export interface PostgresControl {
  /** `-m immediate`: no checkpoint, no farewell. Resolves when it is down; fine when it is down already. */
  crash(): Promise<void>
  /** Resolves when it accepts connections, at the port it had before; fine when it is up. Throws `AppError('unreachable')`. */
  start(): Promise<void>
  /** SIGSTOP to it and to all of its processes. */
  freeze(): void
  /** SIGCONT. */
  thaw(): void
}

export function controlServer(
  place: Place,
  { port, internals }: { readonly port: number; readonly internals: EmbeddedPostgresInternals },
): PostgresControl {
  let prepared: Promise<Tools> | undefined
  // Trying whether they run takes longer than a crash.
  const tools = () => {
    prepared ??= toolsOf(place, internals)
    return prepared
  }
  return {
    crash: () =>
      withFileLock(place.lockFile, async () => {
        thawServer(place.dataFolder)
        await stopServer(place, await tools(), 'immediate')
      }),
    start: () =>
      withFileLock(place.lockFile, async () => {
        if (inspectPostmaster(place.dataFolder).state !== 'absent') return
        await startServer(place, await tools(), port)
      }),
    freeze: () => freezeServer(place.dataFolder),
    thaw: () => thawServer(place.dataFolder),
  }
}
