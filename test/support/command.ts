import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Names the folder of a program that is compiled already, for the processes of a run. */
const programVariable = 'COUPON_TEST_PROGRAM'
const root = fileURLToPath(new URL('../..', import.meta.url))
let binary: string | undefined

/** Where this process keeps the compiled program. */
function programFolder(): string {
  return join(root, 'node_modules', '.cache', `coupon-test-${process.pid}`)
}

/**
 * The program as it is shipped: compiled, with its page, which takes some 4 s of a processor once and saves as much with
 * every few starts. It lies below node_modules, where its packages are found, and is removed with this process. Each
 * process has one of its own, so that a test can tell by the path which processes are its own.
 */
export function compiledBinary(): string {
  if (binary !== undefined) return binary
  const folder = programFolder()
  mkdirSync(folder, { recursive: true })
  process.once('exit', removeProgram)
  const made = process.env[programVariable]
  if (made === undefined) compile(folder)
  else cpSync(made, folder, { recursive: true })
  binary = join(folder, 'bin', 'coupon.js')
  return binary
}

/** Whatever this process has compiled; it goes by itself with an ordinary end. */
export function removeProgram(): void {
  rmSync(programFolder(), { recursive: true, force: true })
}

/** For the processes that this one starts. */
export function shareProgram(): void {
  process.env[programVariable] = dirname(dirname(compiledBinary()))
}

function compile(folder: string): void {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const project = join(root, 'tsconfig.build.json')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', project, '--outDir', folder], {
    encoding: 'utf8',
  })
  if (!existsSync(join(folder, 'bin', 'coupon.js')))
    throw new Error(`The program could not be compiled:\n${stdout}`)
  buildPage(join(folder, 'server', 'dashboard'))
}

function buildPage(folder: string): void {
  const build = join('server', 'dashboard', 'build.ts')
  const args = ['--import', 'tsx', build, folder]
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`The page could not be built:\n${stderr}`)
}

export interface CommandOptions {
  /** The working folder; an empty one of the run's own when it is not said. */
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  /** What is piped into stdin; nothing when it is not said. */
  readonly input?: string
}

export interface CommandEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** `coupon …` in a process of its own. */
export interface RunningCommand {
  readonly child: ChildProcess
  readonly end: Promise<CommandEnd>
  /** Resolves with the first match in what it has written to stderr; rejects when it ends without one. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
}

export function startCommand(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const own = options.folder === undefined ? mkdtempSync(join(tmpdir(), 'coupon-cli-')) : undefined
  const child = spawn(process.execPath, [compiledBinary(), ...args], {
    cwd: options.folder ?? own,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: tmpdir(),
      NO_COLOR: '1',
      ...options.environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A command that ends without reading closes the pipe; that is its right.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    for (const look of watchers) look()
  })
  const end = new Promise<CommandEnd>((resolve) => {
    child.once('close', (exitCode, signal) => {
      if (own !== undefined) rmSync(own, { recursive: true, force: true })
      resolve({ exitCode, signal, stdout, stderr })
    })
  })
  const waitFor = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(stderr)
        if (found !== null) {
          watchers.delete(look)
          resolve(found)
        }
      }
      watchers.add(look)
      look()
      void end.then(({ exitCode }) =>
        reject(new Error(`It ended (${exitCode}) without ${pattern}:\n${stderr}`)),
      )
    })
  return { child, end, waitFor }
}

export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  return startCommand(args, options).end
}
