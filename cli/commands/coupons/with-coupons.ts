import type { ConfigFlags } from '../../../server/public/basics.ts'
import { type Coupons, createCoupons, openModels } from '../../../server/public/models.ts'
import type { CommandContext } from '../../command.ts'
import { timeoutMs, withDatabase } from '../with-database.ts'

/** Does the work with the coupons of the database. */
export async function withCoupons<T>(
  flags: ConfigFlags,
  context: CommandContext,
  work: (coupons: Coupons) => Promise<T>,
): Promise<T> {
  return withDatabase(flags, context, async ({ url, description }) => {
    context.ui.note(`Using ${description}.`)
    const models = openModels(url, { max: 1, timeoutMs })
    return work(createCoupons(models)).finally(() => models.close())
  })
}
