import { type ErrorCount, mergeErrors } from '../errors.ts'
import { countLate, type Records } from '../records.ts'
import type { GeneratorFigures } from '../report/document.ts'
import type { ScriptShape } from '../shape.ts'
import { watchGenerator } from './generator.ts'
import { openSender, type SenderResult } from './sender.ts'
import { openThreads } from './threads.ts'

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
  /** Sends everything. Rejects when it is closed before its end. */
  run(): Promise<LoadResult>
  /** Cuts every connection, also in the middle of a run. */
  close(): Promise<void>
}

/** Rejects with an `Error` for a person when the connections cannot be had, or with the signal's reason. */
export async function openLoad(options: LoadOptions): Promise<Load> {
  checkConnections(options)
  const { run, close } = options.threads === 1 ? await openHere(options) : await openThreads(options)
  let isClosed = false
  return {
    run: async () => {
      const stopWatching = watchGenerator()
      const results = await run()
      if (isClosed) throw new Error('The load was closed before its end.')
      const { shape, records } = options
      const isOpen = shape.load.kind !== 'burst'
      return {
        ending: results.every(({ ending }) => ending === 'finished') ? 'finished' : 'interrupted',
        errors: mergeErrors(results.map(({ errors }) => errors)),
        generator: stopWatching(
          results.map(({ figures }) => figures),
          { isOpen, late: isOpen ? countLate(records) : 0 },
        ),
      }
    },
    close: () => {
      isClosed = true
      return close()
    },
  }
}

/** One thread is this one. */
async function openHere(options: LoadOptions): Promise<{
  run(): Promise<SenderResult[]>
  close(): Promise<void>
}> {
  const sender = await openSender({ ...options, share: { thread: 0, threads: 1 } }, options.signal)
  return { run: async () => [await sender.run(performance.now())], close: sender.close }
}

function checkConnections({ connections, threads, shape }: LoadOptions): void {
  if (connections < threads) {
    throw new Error(
      `${threads} threads need a connection each, and there ${connections === 1 ? 'is' : 'are'} ${connections}: raise --connections or lower --threads.`,
    )
  }
  if (shape.duplicates === 0 || Math.floor(connections / threads) > 1) return
  throw new Error(
    'A duplicate goes out on another connection than its original, so each thread needs two with --duplicates: ' +
      `raise --connections to ${threads * 2} or more.`,
  )
}
