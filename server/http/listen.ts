import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import { AppError, messageOf } from '../errors.ts'
import { boundPrototypes } from './prototypes.ts'

export interface Listening {
  readonly url: string
  readonly port: number
  /** Accepts nothing new, lets every request under way be answered, then resolves; cuts what is left at `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** Idle connections are looked for this often while closing; a connection becomes idle when its answer is out. */
const idleCheckMs = 20

/** Listens, or throws `AppError('unreachable')` that says why the port cannot be had. */
export async function listen(
  { app, listener }: { app: Express; listener: RequestListener },
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  const server = createServer(
    { ...boundPrototypes(app), keepAliveTimeout: 65_000, requestTimeout: 30_000 },
    listener,
  )
  // A proxy in front reuses a connection up to its own idle limit: ours must be the longer one.
  server.headersTimeout = 66_000
  let isClosing = false
  server.prependListener('request', (_request, response) => {
    if (isClosing) response.setHeader('Connection', 'close')
  })
  await start(server, host, port)
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    close: (graceMs) => {
      isClosing = true
      return stop(server, graceMs)
    },
  }
}

function start(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)))
    server.listen({ host, port, backlog: 4096 }, () => resolve())
  })
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'another program listens there. Stop it, or choose another port with --port'
      : error.code === 'EACCES'
        ? 'this user may not listen there. Choose a port from 1024 with --port'
        : `${messageOf(error)}. Choose another address with --host and --port`
  return new AppError('unreachable', `Cannot listen on ${host}:${port}: ${why}.`, { cause: error })
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
