import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { AppError, childrenOf, commandLineOf } from '../../../server/public/basics.ts'

export interface ServerProcessOptions {
  readonly strategy: string
  readonly databaseUrl: string
  readonly redisUrl: string | null
  /** What its access tokens are signed with. */
  readonly secret: string
  /** Hears it when the process ends while it should not. */
  readonly announce: (line: string) => void
  /** Processes that answer; one when it is not said. */
  readonly workers?: number
  /** Any free one when it is not said. */
  readonly port?: number
  /** A configuration file, for what no variable sets; none is read when it is not said. */
  readonly configFile?: string
  /** Hears each line that it writes. */
  readonly onLine?: (line: string) => void
  /** The program that has a `serve` command: this very one, unless a test says otherwise. */
  readonly program?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** How a process ended: by its own exit code, or by a signal; neither when it could not even begin. */
export interface Ending {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ServerProcess {
  /** Its address, once it accepts requests; rejects with `AppError` when it never will. */
  readonly listening: Promise<string>
  /** SIGTERM, and SIGKILL when that takes too long. Resolves when the process is gone, with all that it started. */
  stop(): Promise<Ending>
  /** SIGKILL to the process and all that it has started; resolves when they are gone. */
  kill(): Promise<Ending>
  /** SIGHUP. Resolves when that was dealt with: to whether all workers are new. */
  restartWorkers(): Promise<boolean>
  /** The processes of its workers, the lowest pid first: they are its children. None when it answers by itself. */
  workerPids(): number[]
}

/** How long a server may take to listen, and to finish what it has begun, before it is killed. */
const startTimeoutMs = 30_000
const stopTimeoutMs = 10_000
/** Enough of the end of its output to show why it failed. */
const outputLengthMax = 4000

/**
 * Starts `coupon serve` in a process of its own, with nothing but what is given here: no env.json is read. It
 * leads its own process group, so that Ctrl-C reaches only us, and ends by itself when this process dies, for
 * then the channel between the two breaks.
 *
 * States: starting -> listening | failed; then stopping -> gone.
 */
export function startServerProcess(options: ServerProcessOptions): ServerProcess {
  const { announce, program = process.argv[1] ?? '', environment = process.env } = options
  const child = fork(program, argumentsFor(options), {
    env: environmentFor(options, environment),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lastWords = keepLastWords(child, options.onLine)
  const gone = untilGone(child)
  let isStopping = false
  const listening = waitForAddress(child, { gone, lastWords })
  const isListening = listening.then(() => true).catch(() => false)
  gone.then(async ({ how }) => {
    if ((await isListening) && !isStopping) announce(`The server process ended (${how}).${lastWords()}`)
  })

  return {
    listening,
    stop: async () => {
      isStopping = true
      const timer = setTimeout(() => killGroup(child), stopTimeoutMs)
      child.kill('SIGTERM')
      const ending = await gone
      clearTimeout(timer)
      return ending
    },
    kill: () => {
      isStopping = true
      killGroup(child)
      return gone
    },
    restartWorkers: () => {
      child.kill('SIGHUP')
      return Promise.race([untilRestarted(child), gone.then(() => false)])
    },
    workerPids: () => workersOf(child),
  }
}

/** A worker is the same command once more; what else a process may have started (a compiler, when it runs from source) is none. */
function workersOf({ pid }: ChildProcess): number[] {
  return pid === undefined ? [] : childrenOf(pid).filter((each) => / serve /.test(commandLineOf(each) ?? ''))
}

/** The process and whatever it has started: it leads their group, except on Windows. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

function argumentsFor({
  strategy,
  workers = 1,
  port = 0,
  configFile = 'none',
}: ServerProcessOptions): string[] {
  const where = ['--host', '127.0.0.1', '--port', String(port)]
  const how = workers === 1 ? [] : ['--workers', String(workers)]
  return ['serve', '--config', configFile, ...where, '--auth', 'token', '--strategy', strategy, ...how]
}

function environmentFor(
  { databaseUrl, redisUrl, secret }: ServerProcessOptions,
  environment: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const own = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl ?? '', JWT_SECRET: secret, LOG_LEVEL: 'warn' }
  return { ...environment, ...own }
}

interface Gone extends Ending {
  /** For a person. */
  readonly how: string
}

/** Its output ends with the last process that writes to it. */
function untilGone(child: ChildProcess): Promise<Gone> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ exitCode: null, signal: null, how: message }))
    child.once('close', (exitCode, signal) => {
      resolve({ exitCode, signal, how: signal === null ? `exit code ${exitCode}` : `${signal}` })
    })
  })
}

interface Watch {
  readonly gone: Promise<Gone>
  lastWords(): string
}

/** What the process tells of itself. */
interface Message {
  readonly type?: string
  readonly url?: string
  readonly message?: string
  readonly isDone?: boolean
}

function waitForAddress(child: ChildProcess, { gone, lastWords }: Watch): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new AppError('unreachable', `The server of this run did not start: ${why}${lastWords()}`))
    }
    const timer = setTimeout(() => fail(`it was not ready after ${startTimeoutMs / 1000} s.`), startTimeoutMs)
    gone.then(({ how }) => fail(`its process ended (${how}).`))
    child.on('message', ({ type, url, message: why }: Message) => {
      if (type === 'failed') fail(why ?? 'it does not say why.')
      if (type !== 'listening' || url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

function untilRestarted(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const hear = ({ type, isDone = false }: Message) => {
      if (type !== 'restarted') return
      child.off('message', hear)
      resolve(isDone)
    }
    child.on('message', hear)
  })
}

function keepLastWords(child: ChildProcess, onLine?: (line: string) => void): () => string {
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-outputLengthMax)
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    stream.on('data', keep)
    if (onLine !== undefined) createInterface({ input: stream }).on('line', onLine)
  }
  return () => (output.trim() === '' ? '' : ` Its last words:\n${output.trim()}`)
}
