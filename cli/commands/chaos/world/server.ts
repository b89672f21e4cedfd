import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../../../server/public/basics.ts'
import type { OpenWire } from '../../../chaos/wire/wire.ts'
import type { ChaosServer } from '../../../chaos/world.ts'
import {
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from '../../targets/server-process.ts'
import { killWorker } from './kill-worker.ts'
import { createOutputWatch } from './output.ts'

export interface ChaosServerOptions
  extends Omit<ServerProcessOptions, 'announce' | 'onLine' | 'port' | 'workers'> {
  readonly name: string
  readonly workers: number
  readonly port: number
  readonly toPostgres: OpenWire
  /** Told in a sentence when it ends by itself, or does not end as it should. */
  readonly onFault: (sentence: string) => void
  /** Ends what is being started. */
  readonly signal: AbortSignal
}

export interface OpenChaosServer extends ChaosServer {
  faultsInOutput(): string[]
  release(): Promise<void>
}

/** Another fault may keep it from starting, and a supervisor would try again as well. */
const insistMsMax = 60_000
const pauseMs = 200

/**
 * A server that lives more than once, at one address. States: down -> starting -> up -> down …
 */
export function createChaosServer(options: ChaosServerOptions): OpenChaosServer {
  const { name, strategy, workers, port, toPostgres, onFault, signal } = options
  const url = `http://127.0.0.1:${port}`
  const watch = createOutputWatch(name)
  let life: ServerProcess | null = null
  let isReleased = false

  function begin(): ServerProcess {
    const announce = (line: string) => onFault(`${name}: ${line}`)
    return startServerProcess({ ...options, announce, onLine: watch.hear })
  }

  async function start(): Promise<void> {
    for (const giveUpMs = performance.now() + insistMsMax; life === null; ) {
      signal.throwIfAborted()
      if (isReleased) throw new Error(`${name} is not started any more.`)
      const next = begin()
      life = next
      try {
        await next.listening
      } catch (error) {
        await next.kill()
        life = null
        if (performance.now() > giveUpMs) throw error
        await pause(pauseMs, undefined, { signal })
      }
    }
  }

  async function kill(): Promise<void> {
    await life?.kill()
    life = null
  }

  return {
    name,
    strategy,
    workers,
    url,
    toPostgres,
    kill,
    stop: async () => {
      const startMs = performance.now()
      const { exitCode, signal: by } = (await life?.stop()) ?? { exitCode: 0, signal: null }
      life = null
      const tookMs = performance.now() - startMs
      if (exitCode !== 0)
        onFault(`${name} ended with ${by ?? `exit code ${exitCode}`} ${Math.round(tookMs)} ms after SIGTERM.`)
      return { exitCode, tookMs }
    },
    start,
    restartWorkers: async () => {
      // New ones cannot start without the database, and the old ones go on: that is asked again.
      for (const giveUpMs = performance.now() + insistMsMax; performance.now() < giveUpMs; ) {
        if (life === null || (await life.restartWorkers())) return
        await pause(pauseMs, undefined, { signal })
      }
      throw new AppError('unreachable', `The workers of ${name} could not be replaced.`)
    },
    killWorker: (at) => killWorker(at, { ...options, url, watch, pids: () => life?.workerPids() ?? [] }),
    faultsInOutput: watch.faults,
    release: () => {
      isReleased = true
      return kill()
    },
  }
}
