import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { claimPath, cpuNowUs, type Load, type Measured } from './load.ts'
import { claimBody } from './stream.ts'

/** Requests are sent in steps of this when they come at a rate. */
const tickMs = 1
/** More at once would overflow a listener's queue. */
const connectingMax = 500

/**
 * Claims over bare sockets, with no client library between: what it costs to send must not decide how much a server is asked.
 * One request a connection is under way; one that finds every connection busy is sent when the next is free, and one that
 * is refused is not asked again. Sends for `seconds`, and then waits for what is under way.
 */
export async function sendByFlood(load: Load): Promise<Measured> {
  const lines: Line[] = []
  while (lines.length < load.connections) {
    const some = Math.min(connectingMax, load.connections - lines.length)
    lines.push(...(await Promise.all(Array.from({ length: some }, () => openLine(load.url)))))
  }
  const books = createBooks()
  await sendAtRate(load, lines, books)
  for (const { socket } of lines) socket.destroy()
  return books.measured()
}

function sendAtRate(load: Load, lines: readonly Line[], books: Books): Promise<void> {
  const { requests, ratePerS, seconds = Number.POSITIVE_INFINITY } = load
  const perMs = ratePerS === 0 ? Number.POSITIVE_INFINITY : ratePerS / 1000
  const free = [...lines]
  const startMs = performance.now()
  let sent = 0
  let underWay = 0
  return new Promise((resolve) => {
    const send = async (line: Line) => {
      const position = sent
      sent += 1
      underWay += 1
      await ask(line, claimBody(load.stream, position), books)
      underWay -= 1
      if (!line.socket.destroyed) free.push(line)
      dispatch()
    }
    const dispatch = () => {
      const elapsedMs = performance.now() - startMs
      const isOver = elapsedMs >= seconds * 1000 || sent === requests
      const due = isOver ? sent : Math.min(requests, elapsedMs * perMs)
      while (sent < due && free.length > 0) void send(free.pop() as Line)
      if (!isOver || underWay > 0) return
      clearInterval(timer)
      resolve()
    }
    const timer = setInterval(dispatch, tickMs)
  })
}

/** People who come one by one, `ratePerS` a second, each over a connection of its own, which is part of what they wait for. */
export async function sendByNewcomers({ url, stream, requests, ratePerS }: Load): Promise<Measured> {
  const books = createBooks()
  const comers = Array.from({ length: requests }, async (_, position) => {
    await new Promise((resolve) => setTimeout(resolve, (position * 1000) / ratePerS))
    const beganMs = performance.now()
    const line = await openLine(url).catch(() => null)
    if (line === null) return books.hear(0, performance.now() - beganMs, false)
    await ask(line, claimBody(stream, position), books, beganMs)
    line.socket.destroy()
  })
  await Promise.all(comers)
  return books.measured()
}

interface Line {
  readonly socket: Socket
  hear: (status: number, isUnknown: boolean) => void
}

async function openLine(url: string): Promise<Line> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  const line: Line = { socket, hear: () => {} }
  let status: number | null = null
  socket.on('data', (chunk: Buffer) => {
    status ??= Number(chunk.toString('latin1', 9, 12))
    // Every answer to a claim is a JSON object, and small: it ends with the piece that ends like one.
    if (chunk[chunk.length - 1] !== closingBrace) return
    const told = status
    status = null
    line.hear(told, told === 503 && chunk.includes('outcome_unknown_error'))
  })
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.on('close', () => line.hear(0, true))
  return line
}

const closingBrace = 0x7d

const head = `POST ${claimPath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: `

function ask(line: Line, body: string, books: Books, beganMs = performance.now()): Promise<void> {
  return new Promise((resolve) => {
    line.hear = (status, isUnknown) => {
      line.hear = () => {}
      books.hear(status, performance.now() - beganMs, isUnknown)
      resolve()
    }
    line.socket.write(`${head}${body.length}\r\n\r\n${body}`, 'latin1')
  })
}

interface Books {
  /** `status` 0 is a connection that was lost. `isUnknown` when the claim may be stored, though nobody was told. */
  hear(status: number, tookMs: number, isUnknown: boolean): void
  measured(): Measured
}

function createBooks(): Books {
  const startMs = performance.now()
  const startCpuUs = cpuNowUs()
  const answered = { won: 0, refused: 0, failed: 0 }
  let unknown = 0
  const wonEachS: number[] = []
  const wonMs: number[] = []
  const shedMs: number[] = []
  return {
    hear: (status, tookMs, isUnknown) => {
      if (isUnknown) unknown += 1
      if (status === 200) {
        const second = Math.floor((performance.now() - startMs) / 1000)
        while (wonEachS.length <= second) wonEachS.push(0)
        wonEachS[second] = (wonEachS[second] ?? 0) + 1
        wonMs.push(tookMs)
        answered.won += 1
      } else if (status === 503) shedMs.push(tookMs)
      if (status === 0 || status >= 500) answered.failed += 1
      else if (status !== 200) answered.refused += 1
    },
    measured: () => ({
      durationMs: performance.now() - startMs,
      answered,
      latencyMs: spread(wonMs),
      shedMs: spread(shedMs),
      unknown,
      cpuUs: cpuNowUs() - startCpuUs,
      answersEachS: wonEachS,
    }),
  }
}

function spread(values: readonly number[]) {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
