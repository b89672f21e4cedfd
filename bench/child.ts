import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface ChildOptions {
  readonly arguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** For Node itself. */
  readonly nodeArguments?: readonly string[]
}

/** A process of ours that listens: a server on an address, a generator on its channel. */
export interface Child {
  readonly process: ChildProcess
  readonly url: string
  /** What it wrote last, for an error. */
  lastWords(): string
  /** Resolves when it is gone. */
  stop(): Promise<void>
}

interface Message {
  readonly type?: string
  readonly url?: string
  readonly message?: string
}

const startTimeoutMs = 30_000
/** More than a server's own grace. */
const stopTimeoutMs = 15_000
const wordsLengthMax = 4000

/** Starts a program and waits until it listens. */
export async function startChild(file: string, options: ChildOptions = {}): Promise<Child> {
  const child = fork(file, [...(options.arguments ?? [])], {
    // Not tsx, which runs the bench itself.
    execArgv: [...(options.nodeArguments ?? [])],
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let words = ''
  const keep = (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-wordsLengthMax)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    child.kill('SIGTERM')
    await gone
    clearTimeout(timer)
  }
  try {
    const url = await Promise.race([
      listening(child),
      gone.then(() => Promise.reject(new Error('its process ended'))),
    ])
    return { process: child, url, lastWords: () => words, stop }
  } catch (error) {
    await stop()
    throw new Error(`A process of the bench did not start (${String(error)}):\n${words}`)
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it took too long')), startTimeoutMs)
    child.on('message', ({ type, url, message }: Message) => {
      if (type === 'failed') reject(new Error(message ?? 'it does not say why'))
      if (type !== 'listening' || url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

/** The most memory that the process has had resident, in MB; null where the system does not tell (Linux does). */
export function peakMemoryMb({ process: { pid } }: Child): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
  } catch {
    return null
  }
}

/** A tick of `/proc`, which every Linux has at 100 a second. */
const tickUs = 10_000

/** Processor time so far of the process and of those it has started; null where the system does not tell. */
export function cpuTimeUs({ process: { pid } }: Child): number | null {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    const pids = [String(pid), ...(children === '' ? [] : children.split(' '))]
    return pids.reduce((sum, one) => sum + ticksOf(one) * tickUs, 0)
  } catch {
    return null
  }
}

/** After the name, which may have spaces, come the fields from the third on; the 14th and 15th are user and system. */
function ticksOf(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}
