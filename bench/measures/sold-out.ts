import type { Bench, Measure } from '../bench.ts'
import type { Database } from '../database.ts'
import type { Stream } from '../generators/stream.ts'
import { type LoadedVariant, loadOf, runOf, send } from '../sales.ts'
import { alternate, findingOf, type Variant } from '../trials.ts'

/** What most who come to a sale hear. */
export const soldOut: Measure = {
  name: 'sold-out',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const coupon = await bench.startCoupon({ database })
    const bound = await bench.startBaseline('bound-express')
    const generator = await bench.startGenerator()
    const stream = await soldOutCoupon(bench, database)
    const shared = { tool: 'driver', generator } as const
    const [ours, base] = await alternate(bench, [
      refusing(bench, stream, { ...shared, label: 'coupon', server: coupon, database }),
      refusing(bench, stream, { ...shared, label: 'bound Express', server: bound, database: null }),
    ])
    return [
      findingOf('sold-out answers ÷ Express with bound prototypes, no database', [ours, base], {
        is: 'at least',
        ratio: 0.9,
      }),
    ]
  },
}

async function soldOutCoupon({ flags: { users }, newPrefix }: Bench, database: Database): Promise<Stream> {
  const stream = { prefix: newPrefix(), coupons: 1, users, order: 'one after another', from: 0 } as const
  await database.addCoupons(stream)
  await database.pool.query(`UPDATE coupons SET amount = 0, remaining_amount = 0`)
  return stream
}

function refusing(bench: Bench, stream: Stream, variant: LoadedVariant): Variant {
  return {
    label: variant.label,
    unit: 'answers/s',
    run: async (requests) => {
      const sent = await send(variant, loadOf(bench, variant, { stream, requests }))
      const { won, refused } = sent.result.answered
      await variant.database?.prove(stream, 0)
      if (won > 0) throw new Error('A claim of a coupon that is sold out was won.')
      return runOf(sent, refused)
    },
  }
}
