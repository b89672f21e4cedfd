import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../../bin/coupon.ts', import.meta.url))
/** tsx looks for it in the working folder, which is another one here; the models need its decorators. */
const tsconfig = fileURLToPath(new URL('../../tsconfig.json', import.meta.url))

export interface CommandOptions {
  /** The working folder; an empty one of the run's own when it is not said. */
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface CommandEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** `coupon …` in a process of its own, by the real binary. */
export interface RunningCommand {
  readonly child: ChildProcess
  readonly end: Promise<CommandEnd>
  /** Resolves with the first match in what it has written to stderr; rejects when it ends without one. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
}

export function startCommand(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const own = options.folder === undefined ? mkdtempSync(join(tmpdir(), 'coupon-cli-')) : undefined
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), binary, ...args], {
    cwd: options.folder ?? own,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: tmpdir(),
      NO_COLOR: '1',
      TSX_TSCONFIG_PATH: tsconfig,
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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
