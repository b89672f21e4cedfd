import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A small claim API in memory, with the wire format of the real one, that a test can make misbehave. */
export interface ClaimServer {
  readonly url: string
  /** The highest number of claims that were under way at once. */
  readonly concurrencyMax: () => number
  /** Usernames in the order of their claims' arrival. */
  readonly arrivals: readonly string[]
  /** The number of the connection that each of them came on, from 0. */
  readonly ways: readonly number[]
  /** Methods, paths and tokens of everything else but the health check. */
  readonly others: readonly { readonly what: string; readonly authorization: string | undefined }[]
  readonly connections: () => number
  close(): Promise<void>
}

export interface ClaimServerOptions {
  readonly stock?: number
  /** Takes over the claim with this turn (0 is the first); returns true when it has answered or will. */
  readonly intercept?: (turn: number, response: ServerResponse, request: IncomingMessage) => boolean
}

export async function startClaimServer({
  stock = 10,
  intercept,
}: ClaimServerOptions = {}): Promise<ClaimServer> {
  const holders = new Map<string, string>()
  const arrivals: string[] = []
  const ways: number[] = []
  const others: { what: string; authorization: string | undefined }[] = []
  const sockets = new Map<Socket, number>()
  let claims = 0
  let [connections, underWay, most] = [0, 0, 0]

  const server = createServer(async (request, response) => {
    if (request.url === '/healthcheck') return reply(response, 200, { data: 'Service is Running.' })
    if (request.method !== 'POST') {
      const what = `${request.method} ${request.url}`
      others.push({ what, authorization: request.headers.authorization })
      for (const [user, path] of holders) if (path === request.url) holders.delete(user)
      return reply(response, 200, { data: { eligible: true, reasons: [] } })
    }
    const turn = arrivals.length
    ways.push(sockets.get(request.socket) ?? -1)
    arrivals.push('')
    underWay++
    most = Math.max(most, underWay)
    response.once('close', () => underWay--)
    const { user_id: user } = JSON.parse(await readAll(request)) as { user_id: string }
    arrivals[turn] = user
    // An answer a turn of the event loop later lets the other lanes arrive meanwhile.
    setImmediate(() => {
      if (intercept?.(turn, response, request) === true) return
      if (holders.has(user)) return reply(response, 409, { kind: 'conflict_error', message: 'again' })
      if (holders.size >= stock)
        return reply(response, 400, { kind: 'business_validation_error', message: 'none' })
      const path = `/api/claims/${++claims}`
      holders.set(user, path)
      response.setHeader('location', path)
      reply(response, 200, { message: 'claimed' })
    })
  })
  server.on('connection', (socket) => {
    sockets.set(socket, connections++)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    ways,
    others,
    concurrencyMax: () => most,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets.keys()) socket.destroy()
      }),
  }
}

export function reply(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify({ status, ...content })
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
