import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Measure } from '../bench.ts'
import { type Child, peakMemoryMb } from '../child.ts'
import type { Database } from '../database.ts'
import type { Figure, Finding } from '../finding.ts'
import { sendLoad } from '../generator.ts'
import type { LoadResult } from '../generators/load.ts'
import { streamFor } from '../sales.ts'
import { limitNotes } from '../trials.ts'

const times = 5
/** Nearly as many connections as a server takes, and half as many again as claims may be under way. */
const crowd = 14_500
const newcomersPerS = 20
const shedMsMax = 100

/**
 * A server that is asked for five times what it can do: by a crowd that never waits for its Retry-After, while newcomers come one by one.
 * What it could do is measured right before, over 256 connections, and again right after.
 */
export const overload: Measure = {
  name: 'overload',
  run: async (bench) => {
    const { repeats, seconds, isQuick } = bench.flags
    const longS = isQuick ? 6 : seconds * 8
    const stage: Stage = {
      bench,
      database: await bench.createDatabase(),
      generator: await bench.startGenerator(),
      newcomers: await bench.startGenerator(),
    }
    const repeated: Repeat[] = []
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const figures = await overloadOnce(stage, isQuick ? 1 : seconds, longS)
      repeated.push(figures)
      const { topPerS, usefulPerS, afterPerS, newcomersMs, memoryMb, halfMemoryMb } = figures
      bench.note(
        `  ${repeat + 1}/${repeats} top ${Math.round(topPerS)}/s, at ${times} times ${Math.round(usefulPerS)}/s, after ${Math.round(afterPerS)}/s, newcomers’ p99 ${Math.round(newcomersMs)} ms, ${Math.round(memoryMb)} MB, at half of the time ${Math.round(halfMemoryMb)}`,
      )
    }
    return findingsOf(repeated)
  },
}

interface Stage {
  readonly bench: Bench
  readonly database: Database
  readonly generator: Child
  readonly newcomers: Child
}

interface Repeat {
  readonly topPerS: number
  readonly usefulPerS: number
  readonly afterPerS: number
  readonly newcomersMs: number
  readonly crowdMs: number
  readonly memoryMb: number
  readonly halfMemoryMb: number
  readonly cpuShare: number
}

/** With a server of its own: a peak of memory never falls. */
async function overloadOnce(stage: Stage, seconds: number, longS: number): Promise<Repeat> {
  const server = await stage.bench.startCoupon({ database: stage.database })
  try {
    const calm = { connections: 256, ratePerS: 0, requests: 15_000 * seconds, seconds }
    await flood(stage, server, calm)
    const top = await flood(stage, server, calm)
    const topPerS = perS(top)
    const ratePerS = Math.ceil(topPerS * times)
    const load = { connections: crowd, ratePerS, requests: ratePerS * longS, seconds: longS }
    const coming = comeOneByOne(stage, server, longS)
    const half = sleep((longS * 1000) / 2).then(() => peakMemoryMb(server))
    const over = await flood(stage, server, load)
    const halfMemoryMb = (await half) ?? Number.NaN
    const { shedMs: newcomersMs } = await coming
    const after = await flood(stage, server, calm)
    return {
      topPerS,
      // What was still under way in its last second is answered after it.
      usefulPerS: mean(over.answersEachS.slice(0, longS)),
      afterPerS: perS(after),
      // None of them may have been refused.
      newcomersMs: newcomersMs?.p99 || 0,
      crowdMs: over.shedMs?.p99 ?? Number.NaN,
      memoryMb: peakMemoryMb(server) ?? Number.NaN,
      halfMemoryMb,
      cpuShare: over.cpuShare,
    }
  } finally {
    await server.stop()
  }
}

type Shape = { connections: number; ratePerS: number; requests: number; seconds: number }

async function flood(
  { bench, database, generator }: Stage,
  server: Child,
  shape: Shape,
): Promise<LoadResult> {
  const stream = streamFor(bench, shape.requests)
  await database.addCoupons(stream)
  const result = await sendLoad(generator, { tool: 'flood', url: server.url, stream, secret: null, ...shape })
  await database.prove(stream, result.answered.won, result.unknown)
  return result
}

async function comeOneByOne({ bench, database, newcomers }: Stage, server: Child, longS: number) {
  const requests = newcomersPerS * longS
  const stream = streamFor(bench, requests)
  await database.addCoupons(stream)
  const shape = { connections: 1, ratePerS: newcomersPerS, requests }
  return sendLoad(newcomers, { tool: 'newcomers', url: server.url, stream, secret: null, ...shape })
}

function perS({ answered, durationMs }: LoadResult): number {
  return (answered.won * 1000) / durationMs
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function findingsOf(repeats: readonly Repeat[]): Finding[] {
  const figure = (label: string, unit: Figure['unit'], of: (repeat: Repeat) => number): Figure => ({
    label,
    unit,
    values: repeats.map(of),
  })
  const top = figure('top', 'claims/s', ({ topPerS }) => topPerS)
  const notes = limitNotes(
    'overload',
    repeats.map(({ cpuShare }) => cpuShare),
  )
  return [
    {
      what: `claims asked for at ${times} times the top rate by ${crowd.toLocaleString('en-US')} connections ÷ the mean of the rates right before and after`,
      figure: figure('overload', 'claims/s', ({ usefulPerS }) => usefulPerS),
      base: figure('calm', 'claims/s', ({ topPerS, afterPerS }) => (topPerS + afterPerS) / 2),
      aim: { is: 'at least', ratio: 0.9 },
      notes,
    },
    {
      what: 'claims right after ÷ before',
      figure: figure('after', 'claims/s', ({ afterPerS }) => afterPerS),
      base: top,
      aim: { is: 'at least', ratio: 0.9 },
      notes: [],
    },
    {
      what: 'p99 of a newcomer’s 503 meanwhile, connection included ÷ what it may take',
      figure: figure('newcomers', 'ms', ({ newcomersMs }) => newcomersMs),
      base: figure('allowed', 'ms', () => shedMsMax),
      aim: { is: 'at most', ratio: 1 },
      notes: [],
    },
    {
      what: 'p99 of a 503 of the crowd, which does not wait for its Retry-After',
      figure: figure('crowd', 'ms', ({ crowdMs }) => crowdMs),
      base: figure('newcomers', 'ms', ({ newcomersMs }) => newcomersMs),
      aim: null,
      notes: [],
    },
    {
      what: 'peak memory of the server in all of that time ÷ in its first half',
      figure: figure('overload', 'MB', ({ memoryMb }) => memoryMb),
      base: figure('first half', 'MB', ({ halfMemoryMb }) => halfMemoryMb),
      aim: { is: 'at most', ratio: 1.1 },
      notes: [],
    },
  ]
}
