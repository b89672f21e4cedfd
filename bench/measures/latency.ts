import type { Bench, Measure } from '../bench.ts'
import type { Finding } from '../finding.ts'
import { sendLoad } from '../generator.ts'
import type { LoadResult } from '../generators/load.ts'
import { type LoadedVariant, loadOf, streamFor, winning } from '../sales.ts'
import { median } from '../statistics.ts'
import { limitNotes, warmUp } from '../trials.ts'

/** How long a claim takes when the server is half busy: requests come at half the rate it can take. */
export const latency: Measure = {
  name: 'latency',
  run: async (bench) => {
    const { repeats, seconds } = bench.flags
    const database = await bench.createDatabase()
    const generator = await bench.startGenerator()
    const coupon = { label: 'coupon', server: await bench.startCoupon({ database }), database }
    const stock = {
      label: 'stock Express',
      server: await bench.startBaseline('stock-express'),
      database: null,
    }
    const pair = [coupon, stock].map((variant) => ({ ...variant, tool: 'driver', generator }) as const)
    const [topPerS = 0] = await ratesOf(bench, pair)
    const ratePerS = Math.max(1, Math.floor(topPerS / 2))
    const results = pair.map((): LoadResult[] => [])
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      for (const [index, variant] of pair.entries()) {
        const result = await paced(bench, variant, { ratePerS, requests: ratePerS * seconds })
        results[index]?.push(result)
        bench.note(`  ${repeat + 1}/${repeats} ${variant.label}: p99 ${result.latencyMs.p99.toFixed(1)} ms`)
      }
    }
    const [ours = [], base = []] = results
    return findings(ours, base, ratePerS)
  },
}

async function ratesOf(bench: Bench, variants: readonly LoadedVariant[]): Promise<number[]> {
  const rates: number[] = []
  for (const variant of variants) rates.push(await warmUp(bench, winning(bench, variant)))
  return rates
}

async function paced(
  bench: Bench,
  variant: LoadedVariant,
  { ratePerS, requests }: { ratePerS: number; requests: number },
): Promise<LoadResult> {
  const stream = streamFor(bench, requests)
  await variant.database?.empty()
  await variant.database?.addCoupons(stream)
  await variant.database?.settle()
  const load = loadOf(bench, { ...variant, tool: 'pacer' }, { stream, requests })
  const result = await sendLoad(variant.generator, { ...load, ratePerS })
  await variant.database?.prove(stream, result.answered.won)
  return result
}

function findings(ours: readonly LoadResult[], base: readonly LoadResult[], ratePerS: number): Finding[] {
  const rate = `${ratePerS.toLocaleString('en-US')} requests/s`
  const notes = [
    ...late('coupon', ours, ratePerS),
    ...late('stock Express', base, ratePerS),
    ...limitNotes(
      `${rate} of a pacer`,
      [...ours, ...base].map(({ cpuShare }) => cpuShare),
    ),
  ]
  return (['p99', 'p50'] as const).map((percentile) => {
    const figure = (label: string, results: readonly LoadResult[]) => ({
      label,
      unit: 'ms' as const,
      values: results.map(({ latencyMs }) => latencyMs[percentile]),
    })
    return {
      what: `${percentile} of a claim at half the top rate (${rate}) ÷ stock Express at the same rate`,
      figure: figure('coupon', ours),
      base: figure('stock Express', base),
      aim: percentile === 'p99' ? { is: 'at most', ratio: 2 } : null,
      notes: percentile === 'p99' ? notes : [],
    }
  })
}

/** A server that does not keep up has a queue that grows as long as the run lasts: its latency says no more than that. */
function late(label: string, results: readonly LoadResult[], ratePerS: number): string[] {
  const achieved = median(
    results.map(
      ({ durationMs, answered: { won, refused, failed } }) => ((won + refused + failed) * 1000) / durationMs,
    ),
  )
  if (achieved >= ratePerS * 0.95) return []
  return [`"${label}" did not keep up: it answered ${Math.round(achieved)} requests/s.`]
}
