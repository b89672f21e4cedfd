import type { Measure } from '../bench.ts'
import { gather } from '../crowd.ts'
import { winning } from '../sales.ts'
import { alternate, findingOf, type Variant } from '../trials.ts'

const manyWatchers = 1000

/** What it costs the claims that a thousand watch the sale, in a process of their own. */
export const watchers: Measure = {
  name: 'watchers',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const server = await bench.startCoupon({ database })
    const generator = await bench.startGenerator()
    const crowd = await bench.startCrowd()
    const shared = { tool: 'driver', generator, server, database } as const
    const watched = (count: number, label: string): Variant => {
      const sale = winning(bench, { ...shared, label })
      return {
        ...sale,
        run: async (requests) => {
          await gather(crowd, { url: server.url, watchers: count })
          return sale.run(requests)
        },
      }
    }
    const [many, none] = await alternate(bench, [
      watched(manyWatchers, '1,000 watchers'),
      watched(0, 'nobody watches'),
    ])
    const what = 'claims with 1,000 watchers ÷ with none'
    return [findingOf(what, [many, none], { is: 'at least', ratio: 0.95 })]
  },
}
