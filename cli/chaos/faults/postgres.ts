import type { Fault } from '../fault.ts'
import type { PostgresControl, World } from '../world.ts'
import { namesOf, whyNotFrozen } from './aim.ts'

const downMs = { min: 0, max: 1_500 }
/** Shorter than a claim waits for its answer, and longer. */
const frozenMs = { min: 300, max: 3_500 }
const endedPercent = { min: 30, max: 100 }

const notOurs = 'the Postgres was given, and is not stopped'

export const postgresCrash: Fault = {
  name: 'postgres_crash',
  title: 'Postgres stopped at once (-m immediate), and its start',
  impossible: ({ postgres }) => (postgres === null ? notOurs : null),
  inject: async (world, draw) => {
    const postgres = oursOf(world)
    const lastsMs = draw.between(downMs.min, downMs.max)
    await postgres.crash()
    return { ...everywhere(world), lastsMs, heal: () => postgres.start() }
  },
}

export const postgresFreeze: Fault = {
  name: 'postgres_freeze',
  title: 'SIGSTOP to Postgres and all of its processes',
  impossible: ({ postgres }) => (postgres === null ? notOurs : whyNotFrozen()),
  inject: async (world, draw) => {
    const postgres = oursOf(world)
    const lastsMs = draw.between(frozenMs.min, frozenMs.max)
    postgres.freeze()
    return { ...everywhere(world), lastsMs, heal: async () => postgres.thaw() }
  },
}

export const sessionsTerminated: Fault = {
  name: 'sessions_terminated',
  title: "pg_terminate_backend for some or all of the servers' sessions",
  impossible: () => null,
  inject: async ({ servers, foreign }, draw) => {
    const share = draw.between(endedPercent.min, endedPercent.max) / 100
    await foreign.terminateSessions(share)
    return {
      target: `${Math.round(share * 100)} % of the sessions`,
      servers: namesOf(servers),
      withoutDatabase: [],
      lastsMs: 0,
      heal: async () => {},
    }
  },
}

function everywhere({ servers }: World) {
  const names = namesOf(servers)
  return { target: 'Postgres', servers: names, withoutDatabase: names }
}

function oursOf({ postgres }: World): PostgresControl {
  if (postgres === null) throw new Error(`This cannot be injected: ${notOurs}.`)
  return postgres
}
