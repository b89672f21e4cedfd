import type { Measure } from '../bench.ts'
import { winning } from '../sales.ts'
import { alternate, findingOf } from '../trials.ts'

/** What it costs to know who asks: each claim comes with a token that the server has not seen before. */
export const tokens: Measure = {
  name: 'tokens',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const generator = await bench.startGenerator()
    const variant = async (auth: 'open' | 'token') => {
      const server = await bench.startCoupon({ database, auth })
      const secret = auth === 'token' ? bench.secret : null
      return winning(bench, { label: `${auth} mode`, tool: 'driver', generator, server, database, secret })
    }
    const [token, open] = await alternate(bench, [await variant('token'), await variant('open')])
    return [findingOf('claims in token mode ÷ open mode', [token, open], { is: 'at least', ratio: 0.9 })]
  },
}
