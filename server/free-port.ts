import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A loopback TCP port that was free a moment ago; whoever takes it must be ready to be beaten to it. */
export function findFreePort(): Promise<number> {
  return takeAndLeave(0)
}

/** Below the ports that Linux, macOS and Windows hand out by themselves. */
const lastingPorts = { min: 15_000, max: 30_000 }
const triesMax = 50

/**
 * The same for a server that is to find its port again after a restart: no outgoing connection gets this one by chance.
 * @throws Error when none of many is free
 */
export async function findLastingPort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await takeAndLeave(randomInt(lastingPorts.min, lastingPorts.max))
    } catch (error) {
      if (tries >= triesMax) throw error
    }
  }
}

async function takeAndLeave(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The port of a socket is unknown.')
  return address.port
}
