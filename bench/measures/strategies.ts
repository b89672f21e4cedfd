import type { Measure } from '../bench.ts'
import { winning } from '../sales.ts'
import { alternate, findingOf } from '../trials.ts'

/** What a batch is worth: the same sale by each strategy. */
export const strategies: Measure = {
  name: 'strategies',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const { url: redisUrl } = await bench.openRedis()
    const generator = await bench.startGenerator()
    const variant = async (strategy: string) => {
      const server = await bench.startCoupon({ database, strategy, redisUrl })
      return winning(bench, { label: strategy, tool: 'driver', generator, server, database })
    }
    const [batch, atomic, lock] = await alternate(bench, [
      await variant('batch'),
      await variant('atomic'),
      await variant('lock'),
    ])
    return [
      findingOf('winners: batch ÷ atomic', [batch, atomic], { is: 'at least', ratio: 5 }),
      findingOf('winners: batch ÷ lock', [batch, lock], { is: 'at least', ratio: 100 }),
    ]
  },
}
