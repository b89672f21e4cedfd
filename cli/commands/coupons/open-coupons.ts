import {
  assertSchema,
  type ConfigFlags,
  type Coupons,
  connectPool,
  createCoupons,
  createLifecycle,
  loadConfig,
  openModels,
  type Pool,
  provideDatabase,
} from '../../../server/index.ts'
import type { CommandContext } from '../../command.ts'

export interface OpenCoupons {
  readonly coupons: Coupons
  readonly pool: Pool
}

/** Nobody waits for a command but its caller: a large list may take its time. */
const timeoutMs = 120_000

/** Does `work` on the configured database, or the embedded one, and closes it again. */
export async function withCoupons<Result>(
  flags: ConfigFlags,
  { ui }: CommandContext,
  work: (open: OpenCoupons) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig({ flags: { config: flags.config } })
  const lifecycle = createLifecycle()
  try {
    const database = await provideDatabase(config, { announce: ui.note })
    lifecycle.push('the database', () => database.close())
    ui.note(`Using ${database.description}.`)
    const pool = connectPool(database.url, { max: 1, timeoutMs })
    lifecycle.push('the connection', () => pool.end())
    await assertSchema(pool)
    const models = openModels(database.url, { max: 1, timeoutMs })
    lifecycle.push('the models', () => models.close())
    return await work({ coupons: createCoupons(models), pool })
  } finally {
    await lifecycle.close()
  }
}
