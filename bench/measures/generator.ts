import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Measure } from '../bench.ts'
import { type Child, peakMemoryMb } from '../child.ts'
import type { Finding } from '../finding.ts'
import { sendLoad } from '../generator.ts'
import type { LoadResult } from '../generators/load.ts'
import { loadOf, streamFor, winning } from '../sales.ts'
import type { Aim } from '../statistics.ts'
import { alternate, findingOf } from '../trials.ts'
import { runWrk } from '../wrk.ts'

const alike: Aim = { is: 'within', ratio: 1.05 }

/** Few enough that no generator is busy: then what it tells is the server's time and not its own. */
const connectionsFew = 16
const ratePerS = 500
const stallMs = 1000

/** The load tool itself: whether it is fast enough, tells the truth, and needs little memory. */
export const generator: Measure = {
  name: 'generator',
  run: async (bench) => [
    await speed(bench),
    ...(await fixedDelay(bench)),
    ...(await stall(bench)),
    ...(await memory(bench)),
  ],
}

async function speed(bench: Bench): Promise<Finding> {
  const shared = { server: await bench.startBaseline('known'), database: null }
  const [ours, theirs] = await alternate(bench, [
    winning(bench, {
      ...shared,
      label: 'coupon stress',
      tool: 'storm',
      generator: await bench.startGenerator(),
    }),
    winning(bench, {
      ...shared,
      label: 'autocannon',
      tool: 'autocannon',
      generator: await bench.startGenerator(),
    }),
  ])
  return findingOf('requests/s of coupon stress ÷ autocannon, a server that does nothing', [ours, theirs], {
    is: 'at least',
    ratio: 0.8,
  })
}

interface Percentiles {
  readonly p50: number
  readonly p99: number
}

/** Every answer takes 10 ms, and what the server's timer adds, which wrk sees as well. */
async function fixedDelay(bench: Bench): Promise<Finding[]> {
  const server = await bench.startBaseline('known', ['10'])
  const child = await bench.startGenerator()
  const closed: Percentiles[] = []
  const open: Percentiles[] = []
  const wrk: Percentiles[] = []
  for (let repeat = 0; repeat < bench.flags.repeats; repeat += 1) {
    closed.push((await storm(bench, { server, child, ratePerS: 0 })).latencyMs)
    open.push((await storm(bench, { server, child, ratePerS })).latencyMs)
    const told = await runWrk(server.url, { connections: connectionsFew, seconds: bench.flags.seconds })
    if (told !== null) wrk.push(told)
    bench.note(
      `  ${repeat + 1}/${bench.flags.repeats} p99 closed ${closed.at(-1)?.p99} ms, open ${open.at(-1)?.p99} ms, wrk ${told?.p99 ?? '-'} ms`,
    )
  }
  const finding = (model: string, ours: readonly Percentiles[], percentile: keyof Percentiles): Finding => ({
    what: `${percentile} of a server that takes 10 ms: coupon stress, ${model} ÷ wrk`,
    figure: { label: model, unit: 'ms', values: ours.map((one) => one[percentile]) },
    base: { label: 'wrk', unit: 'ms', values: wrk.map((one) => one[percentile]) },
    aim: alike,
    notes:
      wrk.length > 0
        ? []
        : [
            'wrk was not found, so that no percentile is compared with its: install it (apt-get install wrk).',
          ],
  })
  return [
    finding('closed model', closed, 'p50'),
    finding('closed model', closed, 'p99'),
    finding('open model', open, 'p50'),
    finding('open model', open, 'p99'),
  ]
}

/**
 * A server that stops for a second in the middle of a load. At a rate, each request that was meant to be sent in that
 * second waits for its end: the latencies are known. In the closed model one request a connection does.
 */
async function stall(bench: Bench): Promise<Finding[]> {
  const server = await bench.startBaseline('known', ['10'])
  const child = await bench.startGenerator()
  const open: LoadResult[] = []
  const closed: LoadResult[] = []
  for (let repeat = 0; repeat < bench.flags.repeats; repeat += 1) {
    open.push(await stalled(bench, { server, child, ratePerS }))
    closed.push(await stalled(bench, { server, child, ratePerS: 0 }))
    bench.note(
      `  ${repeat + 1}/${bench.flags.repeats} p99 with a stall: open ${open.at(-1)?.latencyMs.p99} ms, closed ${closed.at(-1)?.latencyMs.p99} ms`,
    )
  }
  const seconds = stallSeconds(bench)
  // The slowest hundredth was meant to be sent first, in that share of the stall.
  const truth = { p99: stallMs - 0.01 * seconds * 1000 + 10, max: stallMs + 10 }
  const finding = (model: string, results: readonly LoadResult[], percentile: 'p99' | 'max'): Finding => ({
    what: `${percentile} of ${seconds} s with a stall of 1 s: coupon stress, ${model} ÷ what is true of ${ratePerS} requests/s`,
    figure: { label: model, unit: 'ms', values: results.map(({ latencyMs }) => latencyMs[percentile]) },
    base: { label: 'known', unit: 'ms', values: results.map(() => truth[percentile]) },
    aim: model === 'open model' ? alike : null,
    notes: [],
  })
  return [
    finding('open model', open, 'p99'),
    finding('open model', open, 'max'),
    finding('closed model', closed, 'p99'),
  ]
}

interface Target {
  readonly server: Child
  readonly child: Child
  readonly ratePerS: number
}

function stallSeconds({ flags: { seconds } }: Bench): number {
  return Math.max(3, seconds)
}

async function stalled(bench: Bench, target: Target): Promise<LoadResult> {
  // As many as catch up at once after it.
  const { connections } = bench.flags
  const running = storm(bench, target, { seconds: stallSeconds(bench), connections })
  const [result] = await Promise.all([running, sleep(1000).then(() => fetch(`${target.server.url}/stall`))])
  return result
}

/** In the closed model as many requests as 10 ms each allow in that time. */
function storm(
  bench: Bench,
  target: Target,
  { seconds = bench.flags.seconds, connections = connectionsFew } = {},
): Promise<LoadResult> {
  const requests = Math.ceil(seconds * (target.ratePerS || connections * 80))
  const load = loadOf(bench, { ...target, tool: 'storm' }, { stream: streamFor(bench, requests), requests })
  return sendLoad(target.child, { ...load, connections, ratePerS: target.ratePerS })
}

/** A hundred thousand users, ten requests each. */
async function memory(bench: Bench): Promise<Finding[]> {
  const [users, requests] = bench.flags.isQuick ? [1000, 10_000] : [100_000, 1_000_000]
  const server = await bench.startBaseline('known')
  const child = await bench.startGenerator()
  const stream = { ...streamFor(bench, requests), users }
  // Each with a token of its own.
  const load = loadOf(bench, { server, tool: 'storm', secret: bench.secret }, { stream, requests })
  await sendLoad(child, load)
  const count = `${requests.toLocaleString('en-US')} requests of ${users.toLocaleString('en-US')} users`
  return [
    {
      what: `peak memory of a generator of ${count} ÷ what it may need`,
      figure: { label: count, unit: 'MB', values: [peakMemoryMb(child) ?? Number.NaN] },
      base: { label: 'allowed', unit: 'MB', values: [500] },
      aim: { is: 'at most', ratio: 1 },
      notes: [],
    },
  ]
}
