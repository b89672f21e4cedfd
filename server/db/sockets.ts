import { Socket } from 'node:net'

/**
 * The sockets of connections to the database. A connection takes its leave and waits for the database to hang up, which one
 * that is out of reach never does: nothing would end with it, and the process would have to be killed.
 */
export interface Sockets {
  /** For pg's option `stream`: the socket of one more connection. */
  readonly open: () => Socket
  /** Waits for the ending and for every socket's close; what is not closed within 0.3 s is cut. A pool ends without that. */
  ended(ending: Promise<unknown>): Promise<void>
}

/** Many times what it takes a database that answers. */
const leaveMsMax = 300

export function createSockets(): Sockets {
  const sockets = new Set<Socket>()
  return {
    open: () => {
      const socket = new Socket()
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
    ended: async (ending) => {
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, leaveMsMax)
      try {
        await ending
        for (const socket of sockets) await new Promise((resolve) => socket.once('close', resolve))
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
