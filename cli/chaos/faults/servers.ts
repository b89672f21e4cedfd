import type { Fault } from '../fault.ts'
import type { ChaosServer } from '../world.ts'

const downMs = { min: 0, max: 1_000 }

export const serverKill = downAndUp(
  'server_kill',
  'SIGKILL to a server with all of its workers, and its start',
  (server) => server.kill(),
)

export const serverStop = downAndUp(
  'server_stop',
  'SIGTERM to a server under load, and its start',
  (server) => server.stop(),
)

function downAndUp(
  name: 'server_kill' | 'server_stop',
  title: string,
  end: (server: ChaosServer) => Promise<unknown>,
): Fault {
  return {
    name,
    title,
    impossible: () => null,
    inject: async ({ servers }, draw) => {
      const server = draw.pick(servers)
      const lastsMs = draw.between(downMs.min, downMs.max)
      await end(server)
      return {
        target: server.name,
        servers: [server.name],
        withoutDatabase: [],
        lastsMs,
        heal: () => server.start(),
      }
    },
  }
}
