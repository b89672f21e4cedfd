import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { claimPath, cpuNowUs, type Load, type Measured } from './load.ts'
import { claimBody } from './stream.ts'

/** Requests are looked for this often when they come at a rate. */
const tickMs = 1
const connectingMax = 500

/**
 * Claims over bare sockets, with no client library between: what it costs to send must not be what decides how much a server is
 * asked. One request a connection is under way. At a rate, a request that finds every connection busy is sent when one is free; its latency
 * is taken from when it was sent, and how many requests a second were sent is told by `answered` over `durationMs`.
 */
export async function sendByFlood(load: Load): Promise<Measured> {
  const lines = await openLines(load)
  try {
    return await flood(lines, load)
  } finally {
    for (const { socket } of lines) socket.destroy()
  }
}

interface Line {
  readonly socket: Socket
  sentMs: number
  hear: (status: number) => void
}

async function openLines({ url, connections }: Load): Promise<Line[]> {
  const { hostname, port } = new URL(url)
  const lines: Line[] = []
  while (lines.length < connections) {
    const some = Array.from({ length: Math.min(connectingMax, connections - lines.length) }, () =>
      openLine(hostname, Number(port)),
    )
    lines.push(...(await Promise.all(some)))
  }
  return lines
}

async function openLine(host: string, port: number): Promise<Line> {
  const socket = connect({ host, port, noDelay: true })
  const line: Line = { socket, sentMs: 0, hear: () => {} }
  // Every answer to a claim is a small JSON object, which comes in one piece or ends with it.
  let head: Buffer | undefined
  socket.on('data', (chunk: Buffer) => {
    head ??= chunk
    if (chunk[chunk.length - 1] !== closingBrace) return
    const status = Number(head.toString('latin1', 9, 12))
    head = undefined
    line.hear(status)
  })
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.on('close', () => line.hear(0))
  return line
}

const closingBrace = 0x7d

async function flood(lines: Line[], { stream, requests, ratePerS }: Load): Promise<Measured> {
  const answered = { won: 0, refused: 0, failed: 0 }
  const won: number[] = []
  const shed: number[] = []
  const free: Line[] = []
  let sent = 0
  let ended = 0
  const startCpuUs = cpuNowUs()
  const startMs = performance.now()
  const allowed = () =>
    ratePerS === 0
      ? requests
      : Math.min(requests, Math.floor(((performance.now() - startMs) * ratePerS) / 1000))
  await new Promise<void>((resolve) => {
    const send = (line: Line) => {
      const body = claimBody(stream, sent)
      sent += 1
      line.sentMs = performance.now()
      line.socket.write(`${head}${body.length}\r\n\r\n${body}`, 'latin1')
    }
    const next = (line: Line, due: number) => {
      if (sent < due) send(line)
      else free.push(line)
    }
    for (const line of lines) {
      line.hear = (status) => {
        const tookMs = performance.now() - line.sentMs
        ended += 1
        if (status === 200) {
          answered.won += 1
          won.push(tookMs)
        } else if (status === 503) {
          answered.failed += 1
          shed.push(tookMs)
        } else answered.refused += 1
        if (ended === requests) {
          clearInterval(timer)
          resolve()
        } else next(line, allowed())
      }
      free.push(line)
    }
    const dispatch = () => {
      const due = allowed()
      while (sent < due && free.length > 0) send(free.pop() as Line)
    }
    const timer = setInterval(dispatch, tickMs)
    dispatch()
  })
  const durationMs = performance.now() - startMs
  return {
    durationMs,
    answered,
    latencyMs: spread(won),
    shedMs: spread(shed),
    cpuUs: cpuNowUs() - startCpuUs,
    answersEachS: [],
  }
}

const head = `POST ${claimPath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: `

function spread(values: number[]) {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
