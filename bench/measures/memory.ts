import type { Bench, Measure } from '../bench.ts'
import { type Child, peakMemoryMb } from '../child.ts'
import type { Database } from '../database.ts'
import { sendLoad } from '../generator.ts'
import type { Stream } from '../generators/stream.ts'
import { loadOf } from '../sales.ts'

/** Whether a process grows with what it has done: its peak after few claims and, the same process, after many. */
export const memory: Measure = {
  name: 'memory',
  run: async (bench) => {
    const [few, many] = bench.flags.isQuick ? [1000, 20_000] : [10_000, 1_000_000]
    const database = await bench.createDatabase()
    const early: number[] = []
    const late: number[] = []
    for (let repeat = 0; repeat < bench.flags.repeats; repeat += 1) {
      const [first, last] = await peaks(bench, database, [few, many])
      early.push(first)
      late.push(last)
      bench.note(`  ${repeat + 1}/${bench.flags.repeats} ${first.toFixed(0)} MB, then ${last.toFixed(0)} MB`)
    }
    const label = (claims: number) => `${claims.toLocaleString('en-US')} claims`
    return [
      {
        what: `peak memory of a server after ${label(many)} ÷ after ${label(few)}`,
        figure: { label: label(many), unit: 'MB', values: late },
        base: { label: label(few), unit: 'MB', values: early },
        aim: { is: 'at most', ratio: 1.2 },
        notes: late.some(Number.isNaN) ? ['This system does not tell the peak memory of a process.'] : [],
      },
    ]
  },
}

/** A server of its own for each repeat: a peak never falls. */
async function peaks(
  bench: Bench,
  database: Database,
  [few, many]: [number, number],
): Promise<[number, number]> {
  const { users } = bench.flags
  const coupons = Math.ceil(many / users)
  const stream = { prefix: bench.newPrefix(), coupons, users, order: 'one after another', from: 0 } as const
  await database.empty()
  await database.addCoupons(stream)
  await database.settle()
  const server = await bench.startCoupon({ database })
  try {
    const wonFirst = await claim(bench, server, stream, few)
    const first = peakMemoryMb(server) ?? Number.NaN
    const wonThen = await claim(bench, server, { ...stream, from: few }, many - few)
    const last = peakMemoryMb(server) ?? Number.NaN
    await database.prove(stream, wonFirst + wonThen)
    return [first, last]
  } finally {
    await server.stop()
  }
}

async function claim(bench: Bench, server: Child, stream: Stream, requests: number): Promise<number> {
  const generator = await bench.startGenerator()
  try {
    const load = loadOf(bench, { tool: 'driver', server }, { stream, requests })
    return (await sendLoad(generator, load)).answered.won
  } finally {
    await generator.stop()
  }
}
