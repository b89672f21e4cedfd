import { type ServerProcess, type ServerProcessOptions, startServerProcess } from './server-process.ts'

/** One server process at a time, a new one for each run: one that has run before is warm, and no fair comparison. */
export interface OwnServer {
  /** Its address; the one that runs is stopped first. */
  run(strategy: string): Promise<string>
  close(): Promise<void>
}

/** States: stopped -> running -> stopped, as often as is wished; then closed. */
export function createOwnServer({
  redisUrl,
  announce,
  ...options
}: Omit<ServerProcessOptions, 'strategy'>): OwnServer {
  let running: ServerProcess | undefined
  let isClosed = false

  async function stop(): Promise<void> {
    await running?.stop()
    running = undefined
  }

  return {
    run: async (strategy) => {
      await stop()
      if (isClosed) throw new Error('Nothing more is started.')
      announce(`Starting a server with the ${strategy} strategy …`)
      // A Redis that is there would be used for more than the lock, and so slow down who needs none.
      const redisOfLock = strategy === 'lock' ? redisUrl : null
      running = startServerProcess({ ...options, announce, strategy, redisUrl: redisOfLock })
      return running.listening
    },
    close: () => {
      isClosed = true
      return stop()
    },
  }
}
