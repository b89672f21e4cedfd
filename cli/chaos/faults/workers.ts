import type { Fault } from '../fault.ts'
import type { ChaosServer, WorldShape } from '../world.ts'

const noWorkers = 'no server has two workers or more'

const haveWorkers = <Server extends { readonly workers: number }>(servers: readonly Server[]): Server[] =>
  servers.filter(({ workers }) => workers > 1)

export const workerKill: Fault = {
  name: 'worker_kill',
  title: 'SIGKILL to one worker of a server; its parent puts another in its place',
  impossible: ({ servers }: WorldShape) => {
    if (process.platform === 'win32') return 'the workers of a server cannot be found on Windows'
    return haveWorkers(servers).length > 0 ? null : noWorkers
  },
  inject: async ({ servers }, draw) => {
    const server: ChaosServer = draw.pick(haveWorkers(servers))
    const { pid, replaced } = await server.killWorker(draw.between(0, server.workers - 1))
    // Whoever heals it hears of a failure.
    replaced.catch(() => {})
    return {
      target: `${server.name}, worker ${pid}`,
      servers: [server.name],
      withoutDatabase: [],
      lastsMs: 0,
      heal: () => replaced,
    }
  },
}

export const rollingRestart: Fault = {
  name: 'rolling_restart',
  title: 'SIGHUP to a server with workers: each is replaced, one after another',
  impossible: ({ servers }) => {
    if (process.platform === 'win32') return 'there is no SIGHUP on Windows'
    return haveWorkers(servers).length > 0 ? null : noWorkers
  },
  inject: async ({ servers }, draw) => {
    const server = draw.pick(haveWorkers(servers))
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
