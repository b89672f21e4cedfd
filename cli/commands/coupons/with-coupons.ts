import type { ConfigFlags } from '../../../server/public/basics.ts'
import type { Coupons } from '../../../server/public/models.ts'
import type { CommandContext } from '../../command.ts'
import { timeoutMs, withDatabase } from '../with-database.ts'

/** Does the work with the coupons of the database. Sequelize is loaded when all else is found to be right. */
export async function withCoupons<T>(
  flags: ConfigFlags,
  context: CommandContext,
  work: (coupons: Coupons) => Promise<T>,
): Promise<T> {
  return withDatabase(flags, context, async ({ url, description }) => {
    context.ui.note(`Using ${description}.`)
    const { createCoupons, openModels } = await import('../../../server/public/models.ts')
    const models = openModels(url, { max: 1, timeoutMs })
    return work(createCoupons(models)).finally(() => models.close())
  })
}
