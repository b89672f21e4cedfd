import type { Bench, Measure } from '../bench.ts'
import { sendLoad } from '../generator.ts'
import type { LoadResult } from '../generators/load.ts'
import { type LoadedVariant, loadOf, streamFor, winning } from '../sales.ts'
import type { Aim } from '../statistics.ts'
import { limitNotes, warmUp } from '../trials.ts'

const aim: Aim = { is: 'at least', ratio: 0.95 }

/** Whether a long sale goes on as it began: the rate over all of it, and over its beginning. */
export const steady: Measure = {
  name: 'steady',
  run: async (bench) => {
    const [allS, firstS] = bench.flags.isQuick ? [6, 2] : [300, 10]
    const database = await bench.createDatabase()
    const server = await bench.startCoupon({ database })
    const generator = await bench.startGenerator()
    const variant = { label: 'coupon', tool: 'driver', generator, server, database } as const
    const sale = winning(bench, variant)
    // The rate decides how long the load lasts, so it is taken once more when the server is warm.
    const { requestsPerS } = await sale.run(Math.ceil((await warmUp(bench, sale)) * firstS))
    const whole: number[] = []
    const first: number[] = []
    const cpuShares: number[] = []
    for (let repeat = 0; repeat < bench.flags.repeats; repeat += 1) {
      const { answersEachS, cpuShare } = await longLoad(bench, variant, Math.ceil(requestsPerS * allS))
      cpuShares.push(cpuShare)
      whole.push(mean(answersEachS))
      first.push(mean(answersEachS.slice(0, firstS)))
      bench.note(`  ${repeat + 1}/${bench.flags.repeats} ${answersEachS.length} s of load`)
    }
    const unit = 'claims/s'
    return [
      {
        what: `claims over ${allS} s of load ÷ over its first ${firstS} s`,
        figure: { label: `${allS} s`, unit, values: whole },
        base: { label: `first ${firstS} s`, unit, values: first },
        aim,
        notes: limitNotes('a long sale', cpuShares),
      },
    ]
  },
}

async function longLoad(bench: Bench, variant: LoadedVariant, requests: number): Promise<LoadResult> {
  const stream = streamFor(bench, requests)
  await variant.database?.empty()
  await variant.database?.addCoupons(stream)
  await variant.database?.settle()
  const result = await sendLoad(variant.generator, loadOf(bench, variant, { stream, requests }))
  await variant.database?.prove(stream, result.answered.won)
  return result
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
