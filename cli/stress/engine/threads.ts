import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packAuthorizations } from './authorizations.ts'
import { barrierBytes } from './barrier.ts'
import type { LoadOptions } from './engine.ts'
import type { SenderOptions, SenderResult } from './sender.ts'

/** Several senders, each in a thread of its own. */
export interface Threads {
  run(): Promise<SenderResult[]>
  close(): Promise<void>
}

/** What a worker is started with. */
export interface WorkerPart {
  readonly options: Omit<SenderOptions, 'records'>
  readonly total: number
  readonly buffer: SharedArrayBuffer
  readonly barrier: SharedArrayBuffer
}

/** What is said to a worker, and what it says. */
export type Order = 'run' | 'interrupt'
export type WorkerMessage =
  | { readonly type: 'open' }
  | { readonly type: 'failed'; readonly message: string }
  | ({ readonly type: 'done' } & SenderResult)

/**
 * What a worker runs: compiled, the file beside this one. From the sources, tsx is needed first, which does not by itself
 * take hold of workers (privatenumber/tsx issue 354), though `--import tsx` is handed on to them.
 */
function workerProgram(): URL {
  const file = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
  if (file.pathname.endsWith('.js')) return file
  const [tsx, program] = [import.meta.resolve('tsx/esm/api'), file.href].map((url) => JSON.stringify(url))
  const code = `import { register } from ${tsx}; register(); await import(${program})`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}

/** Rejects with the first thread's failure when not every connection can be had. */
export async function openThreads(options: LoadOptions): Promise<Threads> {
  const { signal } = options
  const threads = partsOf(options).map(startThread)
  const interrupt = () => {
    for (const thread of threads) thread.say('interrupt')
  }
  const close = async () => {
    signal.removeEventListener('abort', interrupt)
    await Promise.all(threads.map((thread) => thread.stop()))
  }
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    await Promise.all(threads.map(({ open }) => open))
    signal.throwIfAborted()
  } catch (error) {
    await close()
    signal.throwIfAborted()
    throw error
  }
  return {
    run: async () => {
      for (const thread of threads) thread.say('run')
      return Promise.all(threads.map(({ done }) => done))
    },
    close,
  }
}

/** Connections are dealt out evenly; the first threads have one more where they do not divide. */
function partsOf({ records, ...given }: LoadOptions): WorkerPart[] {
  // All that a signal is, stays here.
  const { signal: _, threads, authorizations, connections, ...options } = given
  const packed = Array.isArray(authorizations) ? packAuthorizations(authorizations) : authorizations
  const barrier = new SharedArrayBuffer(barrierBytes)
  return Array.from({ length: threads }, (_, thread) => ({
    options: {
      ...options,
      authorizations: packed,
      connections: Math.floor((connections + threads - 1 - thread) / threads),
      share: { thread, threads },
    },
    total: records.total,
    buffer: records.buffer,
    barrier,
  }))
}

interface Thread {
  readonly open: Promise<void>
  readonly done: Promise<SenderResult>
  say(order: Order): void
  stop(): Promise<unknown>
}

function startThread(part: WorkerPart): Thread {
  const worker = new Worker(workerProgram(), { workerData: part })
  const done = hear(worker, 'done')
  // Who never runs it, or stops it, does not ask how it ended.
  done.catch(() => {})
  return {
    open: hear(worker, 'open').then(() => {}),
    done,
    say: (order) => worker.postMessage(order),
    stop: () => worker.terminate(),
  }
}

type Heard<Type> = Extract<WorkerMessage, { readonly type: Type }>

function hear<Type extends 'open' | 'done'>(worker: Worker, type: Type): Promise<Heard<Type>> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === type) resolve(message as Heard<Type>)
      if (message.type === 'failed') reject(new Error(message.message))
    })
    worker.on('error', reject)
    worker.on('exit', (code) =>
      reject(new Error(`A thread of the load generator ended (exit code ${code}).`)),
    )
  })
}
