import type { Fault } from '../fault.ts'
import { aimAtWires, namesOf } from './aim.ts'

const delayMs = { min: 20, max: 400 }
const delayedMs = { min: 1_000, max: 2_000 }
/** Shorter than a claim waits for its answer, and longer. */
const halfOpenMs = { min: 300, max: 3_500 }
const answers = { min: 1, max: 5 }
/** Under load they are lost within moments. */
const losingMs = 1_000

export const connectionsCut: Fault = {
  name: 'connections_cut',
  title: 'every connection of a server to Postgres is reset',
  impossible: () => null,
  inject: async (world, draw) => {
    const { servers, target } = aimAtWires(world, draw)
    for (const { toPostgres } of servers) toPostgres.cut()
    return { target, servers: namesOf(servers), withoutDatabase: [], lastsMs: 0, heal: async () => {} }
  },
}

export const connectionsDelayed: Fault = {
  name: 'connections_delayed',
  title: 'all that a server and Postgres say to each other comes later',
  impossible: () => null,
  inject: async (world, draw) => {
    const { servers, target } = aimAtWires(world, draw)
    const ms = draw.between(delayMs.min, delayMs.max)
    const lastsMs = draw.between(delayedMs.min, delayedMs.max)
    for (const { toPostgres } of servers) toPostgres.delay(ms)
    return {
      target: `${target}, by ${ms} ms`,
      servers: namesOf(servers),
      withoutDatabase: [],
      lastsMs,
      heal: async () => {
        for (const { toPostgres } of servers) toPostgres.heal()
      },
    }
  },
}

export const connectionsHalfOpen: Fault = {
  name: 'connections_half_open',
  title: 'a server and Postgres hear nothing of each other, and no connection is closed',
  impossible: () => null,
  inject: async (world, draw) => {
    const { servers, target } = aimAtWires(world, draw)
    const lastsMs = draw.between(halfOpenMs.min, halfOpenMs.max)
    const names = namesOf(servers)
    for (const { toPostgres } of servers) toPostgres.freeze()
    return {
      target,
      servers: names,
      withoutDatabase: names,
      lastsMs,
      heal: async () => {
        for (const { toPostgres } of servers) toPostgres.heal()
      },
    }
  },
}

export const answersLost: Fault = {
  name: 'answers_lost',
  title: 'claims and changes are committed, and the answers are lost with their connections',
  impossible: () => null,
  inject: async (world, draw) => {
    const { servers, target } = aimAtWires(world, draw)
    const times = draw.between(answers.min, answers.max)
    for (const { toPostgres } of servers) toPostgres.loseAnswers(times)
    return {
      target: `${target}, ${times} each`,
      servers: namesOf(servers),
      withoutDatabase: [],
      lastsMs: losingMs,
      heal: async () => {
        for (const { toPostgres } of servers) toPostgres.heal()
      },
    }
  },
}
