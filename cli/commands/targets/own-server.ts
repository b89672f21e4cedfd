import { type ServerProcess, type ServerProcessOptions, startServerProcess } from './server-process.ts'

/** One server process at a time, with the strategy that was asked for last. */
export interface OwnServer {
  /** Its address; one that runs with this strategy is kept, another is stopped first. */
  run(strategy: string): Promise<string>
  close(): Promise<void>
}

/** States: stopped -> running (with a strategy) -> stopped, as often as is wished; then closed. */
export function createOwnServer({
  redisUrl,
  announce,
  ...options
}: Omit<ServerProcessOptions, 'strategy'>): OwnServer {
  let running: { readonly strategy: string; readonly server: ServerProcess } | undefined
  let isClosed = false

  async function stop(): Promise<void> {
    await running?.server.stop()
    running = undefined
  }

  return {
    run: async (strategy) => {
      if (running?.strategy === strategy && running.server.isRunning()) return running.server.listening
      await stop()
      if (isClosed) throw new Error('Nothing more is started.')
      announce(`Starting a server with the ${strategy} strategy …`)
      // A Redis that is there would be used for more than the lock, and so slow down who needs none.
      const redisOfLock = strategy === 'lock' ? redisUrl : null
      const server = startServerProcess({ ...options, announce, strategy, redisUrl: redisOfLock })
      running = { strategy, server }
      return server.listening
    },
    close: () => {
      isClosed = true
      return stop()
    },
  }
}
