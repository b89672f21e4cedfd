import { connectPool, type Pool, seedCoupon, seedUsers } from '../../../server/public/database.ts'
import { count } from '../../words.ts'
import { signingAuthority } from '../targets/authority.ts'
import { orAbort } from '../targets/or-abort.ts'
import type { ChaosOptions } from './options.ts'
import type { WorldContext } from './world/context.ts'
import { type OpenWorld, openWorld } from './world/open-world.ts'

/** A world with users in it, before any load. */
export interface Stage {
  readonly world: OpenWorld
  /** Past all wires, for what is made and what is read in the end. */
  readonly pool: Pool
  /** The header `Authorization` of user_0, user_1 … */
  readonly authorizations: readonly string[]
  makeCoupon(name: string, amount: number): Promise<void>
  /** What servers did of themselves, in sentences, so far. */
  misdeeds(): readonly string[]
}

/** More than come for one coupon, and few enough to sign and seed in a second. */
const usersCount = 5_000

export async function openStage({ plan, databaseUrl }: ChaosOptions, context: WorldContext): Promise<Stage> {
  const { lifecycle, signal, announce } = context
  const deeds: string[] = []
  const onFault = (sentence: string) => {
    deeds.push(sentence)
  }
  const world = await openWorld({ ...context, servers: plan.servers, databaseUrl, onFault })
  const pool = connectPool(world.databaseUrl, { max: 3, purpose: 'chaos' })
  lifecycle.push('the connections of the run', () => pool.end())
  announce(`Seeding ${count(usersCount, 'user')} …`)
  const authorizations = await orAbort(
    Promise.all([
      signingAuthority(world.secret).prepare(usersCount, signal),
      seedUsers(pool, { count: usersCount, signal }),
    ]).then(([headers]) => headers),
    signal,
  )
  return {
    world,
    pool,
    authorizations: Array.isArray(authorizations) ? authorizations : [],
    makeCoupon: async (name, amount) => {
      await seedCoupon(pool, { name, amount })
    },
    misdeeds: () => [...deeds, ...world.faultsInOutput()],
  }
}
