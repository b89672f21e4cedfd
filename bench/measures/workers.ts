import type { Measure } from '../bench.ts'
import { winning } from '../sales.ts'
import { alternate, findingOf } from '../trials.ts'

/** How many processes of a server are worth having on this machine. */
export const workers: Measure = {
  name: 'workers',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const generator = await bench.startGenerator()
    const variant = async (count: number) => {
      const server = await bench.startCoupon({ database, workers: count })
      const label = count === 1 ? '1 process' : `${count} workers`
      return winning(bench, { label, tool: 'driver', generator, server, database })
    }
    const [two, one] = await alternate(bench, [await variant(2), await variant(1)])
    return [findingOf('claims with 2 workers ÷ 1 process', [two, one], null)]
  },
}
