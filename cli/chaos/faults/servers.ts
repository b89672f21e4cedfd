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

export const rollingRestart: Fault = {
  name: 'rolling_restart',
  title: 'SIGHUP to a server with workers: each is replaced, one after another',
  impossible: ({ servers }) => {
    if (process.platform === 'win32') return 'there is no SIGHUP on Windows'
    return servers.some(({ workers }) => workers > 1) ? null : 'no server has two workers or more'
  },
  inject: async ({ servers }, draw) => {
    const server = draw.pick(servers.filter(({ workers }) => workers > 1))
    const restarting = server.restartWorkers()
    // Whoever heals it hears of a failure.
    restarting.catch(() => {})
    return {
      target: server.name,
      servers: [server.name],
      withoutDatabase: [],
      lastsMs: 0,
      heal: () => restarting,
    }
  },
}
