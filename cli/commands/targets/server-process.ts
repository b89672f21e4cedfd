import { type ChildProcess, fork } from 'node:child_process'
import { AppError } from '../../../server/public/basics.ts'

export interface ServerProcessOptions {
  readonly strategy: string
  readonly databaseUrl: string
  readonly redisUrl: string | null
  /** What its access tokens are signed with. */
  readonly secret: string
  /** Hears it when the process ends while it should not. */
  readonly announce: (line: string) => void
  /** The program that has a `serve` command: this very one, unless a test says otherwise. */
  readonly program?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface ServerProcess {
  /** Its address, once it accepts requests; rejects with `AppError` when it never will. */
  readonly listening: Promise<string>
  /** Resolves when the process is gone. */
  stop(): Promise<void>
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
  const child = fork(program, argumentsFor(options.strategy), {
    env: environmentFor(options, environment),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lastWords = keepLastWords(child)
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `${signal}`))
  })
  let isStopping = false
  const listening = waitForAddress(child, { gone, lastWords })
  const isListening = listening.then(() => true).catch(() => false)
  gone.then(async (how) => {
    if ((await isListening) && !isStopping) announce(`The server process ended (${how}).${lastWords()}`)
  })

  return {
    listening,
    stop: async () => {
      isStopping = true
      const timer = setTimeout(() => killGroup(child), stopTimeoutMs)
      child.kill('SIGTERM')
      await gone
      clearTimeout(timer)
    },
  }
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

function argumentsFor(strategy: string): string[] {
  const where = ['--host', '127.0.0.1', '--port', '0']
  return ['serve', '--config', 'none', ...where, '--auth', 'token', '--strategy', strategy]
}

function environmentFor(
  { databaseUrl, redisUrl, secret }: ServerProcessOptions,
  environment: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const own = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl ?? '', JWT_SECRET: secret, LOG_LEVEL: 'warn' }
  return { ...environment, ...own }
}

interface Watch {
  readonly gone: Promise<string>
  lastWords(): string
}

function waitForAddress(child: ChildProcess, { gone, lastWords }: Watch): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new AppError('unreachable', `The server of this run did not start: ${why}${lastWords()}`))
    }
    const timer = setTimeout(() => fail(`it was not ready after ${startTimeoutMs / 1000} s.`), startTimeoutMs)
    gone.then((how) => fail(`its process ended (${how}).`))
    child.on('message', (message) => {
      const { type, url, message: why } = message as { type?: string; url?: string; message?: string }
      if (type === 'failed') fail(why ?? 'it does not say why.')
      if (type !== 'listening' || url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

function keepLastWords(child: ChildProcess): () => string {
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-outputLengthMax)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => (output.trim() === '' ? '' : ` Its last words:\n${output.trim()}`)
}
