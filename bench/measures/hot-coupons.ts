import type { Measure } from '../bench.ts'
import { winning } from '../sales.ts'
import { alternate, findingOf } from '../trials.ts'

const hotCoupons = 1000

/** Many coupons that are stormed at once share the batches of one process. */
export const hot: Measure = {
  name: 'hot-coupons',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const generator = await bench.startGenerator()
    const server = await bench.startCoupon({ database })
    const shared = { tool: 'driver', generator, server, database } as const
    const [many, one] = await alternate(bench, [
      winning(bench, { ...shared, label: '1,000 coupons', hotCoupons }),
      winning(bench, { ...shared, label: 'one coupon' }),
    ])
    return [findingOf('claims of 1,000 hot coupons ÷ one', [many, one], { is: 'at least', ratio: 0.7 })]
  },
}
