import { count, number } from '../../words.ts'
import type { StressFlags, StressPlan } from '../plan.ts'
import { stressDefaults, stressLimits } from './limits.ts'
import { durationWish } from './load.ts'
import { parseSeconds } from './quantities.ts'
import { type PlanReader, quote } from './reader.ts'

type Ways = Pick<StressPlan, 'connections' | 'isCold' | 'threads' | 'warmupS' | 'repeat'>

/** How the requests are sent, and how often all of it is done. */
export function readWays(
  flags: StressFlags,
  { shape, requests }: Pick<StressPlan, 'shape' | 'requests'>,
  read: PlanReader,
): Ways {
  const { threads: threadsMax, repeat: repeatMax, connections: connectionsMax } = stressLimits
  const initial = connectionsOf(requests, shape.duplicates)
  const connections = read.whole('--connections', flags.connections, { min: 1, max: connectionsMax, initial })
  const threadRange = { min: 1, max: threadsMax, initial: stressDefaults.threads }
  const threads = read.whole('--threads', flags.threads, threadRange)
  if (threads > connections) {
    const most = `at most ${number(connections)}, one for each connection`
    read.fault('--threads', `got "${threads}", wants ${most}`)
  }
  if (shape.duplicates > 0 && Math.floor(connections / threads) === 1) {
    const got = `${quote(flags.duplicates ?? '')} with ${count(connections, 'connection')} on ${count(threads, 'thread')}`
    read.fault('--duplicates', `got ${got}, wants 2 or more for each thread, since a duplicate has another`)
  }
  const repeatRange = { min: 1, max: repeatMax, initial: stressDefaults.repeat }
  const repeat = read.whole('--repeat', flags.repeat, repeatRange)
  return { connections, isCold: flags.cold === true, threads, warmupS: readWarmup(flags, read), repeat }
}

function readWarmup({ warmup }: StressFlags, read: PlanReader): number {
  return read.value('--warmup', warmup, {
    parse: (text) => {
      const seconds = parseSeconds(text)
      return seconds !== null && seconds <= stressLimits.durationS ? seconds : null
    },
    wants: durationWish,
    initial: stressDefaults.warmupS,
  })
}

/** As many as can be of use, up to the default; two at least where a duplicate needs another. */
export function connectionsOf(requests: number, duplicates: number): number {
  return Math.max(duplicates > 0 ? 2 : 1, Math.min(requests, stressDefaults.connectionsMax))
}
