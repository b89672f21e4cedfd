import { number } from '../../words.ts'
import type { StressFlags } from '../plan.ts'
import type { LoadShape } from '../shape.ts'
import { stressLimits } from './limits.ts'
import { parseDecimal, parseSeconds } from './quantities.ts'
import { type PlanReader, quote } from './reader.ts'

const { durationS: durationSMax, ratePerS } = stressLimits

export const durationWish = 'a time such as 30s, 500ms or 2m, at most 60m'

/** A burst, unless `--rate` or `--ramp` says when requests are sent. */
export function readLoad(flags: StressFlags, read: PlanReader): LoadShape {
  checkTogether(flags, read)
  if (flags.ramp !== undefined) return readRamp(flags.ramp, read)
  if (flags.rate === undefined) return { kind: 'burst' }
  const perS = read.value('--rate', flags.rate, {
    parse: (text) => parseDecimal(text, ratePerS) || null,
    wants: `requests a second, more than 0 and up to ${number(ratePerS)}`,
    initial: 1,
  })
  const durationS = read.value('--duration', flags.duration, {
    parse: parseDuration,
    wants: durationWish,
    initial: 1,
  })
  return { kind: 'rate', perS, durationS }
}

/** Which of the flags exclude or need each other. */
function checkTogether({ rate, ramp, duration, attempts }: StressFlags, read: PlanReader): void {
  if (ramp !== undefined && rate !== undefined) {
    read.fault('--ramp', `got ${quote(ramp)} together with --rate, wants one of the two`)
  }
  if (rate !== undefined && duration === undefined && ramp === undefined) {
    read.fault(
      '--rate',
      `got ${quote(rate)} without --duration, wants both, such as --rate 500 --duration 30s`,
    )
  }
  if (duration !== undefined && ramp !== undefined) {
    read.fault(
      '--duration',
      `got ${quote(duration)} together with --ramp, wants the time at the ramp's end: 0:5000:60s`,
    )
  } else if (duration !== undefined && rate === undefined) {
    read.fault(
      '--duration',
      `got ${quote(duration)} without --rate, wants both, such as --rate 500 --duration 30s`,
    )
  }
  if (attempts !== undefined && (rate ?? ramp) !== undefined) {
    const other = rate === undefined ? '--ramp' : '--rate'
    const value = `got ${quote(attempts)} together with ${other}, which sends the users round in turn; wants one of the two`
    read.fault('--attempts', value)
  }
}

function readRamp(text: string, read: PlanReader): LoadShape {
  return read.value<LoadShape>('--ramp', text, {
    parse: parseRamp,
    wants: `FROM:TO:TIME, two rates of requests a second, not both 0, and ${durationWish}: 0:5000:60s`,
    initial: { kind: 'ramp', fromPerS: 1, toPerS: 1, durationS: 1 },
  })
}

function parseRamp(text: string): LoadShape | null {
  const [from = '', to = '', time = '', ...rest] = text.split(':')
  const fromPerS = parseDecimal(from, ratePerS)
  const toPerS = parseDecimal(to, ratePerS)
  const durationS = parseDuration(time)
  if (fromPerS === null || toPerS === null || durationS === null || rest.length > 0) return null
  return fromPerS + toPerS === 0 ? null : { kind: 'ramp', fromPerS, toPerS, durationS }
}

/** Seconds; null for no time at all and for more than is taken. */
function parseDuration(text: string): number | null {
  const seconds = parseSeconds(text)
  return seconds !== null && seconds > 0 && seconds <= durationSMax ? seconds : null
}
