import { once } from 'node:events'
import { createServer } from 'node:net'

/** A loopback TCP port that was free a moment ago; whoever takes it must be ready to be beaten to it. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The port of a socket is unknown.')
  return address.port
}
