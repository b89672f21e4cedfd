import { durationMs } from './duration.ts'

/** So many in so long. */
export interface Rate {
  readonly points: number
  readonly durationMs: number
}

const pattern = /^([1-9]\d{0,8})\/(\d{1,9}(?:ms|s|m|h|d))$/
/** Counters are kept that long, in Redis as well as in memory. */
const durationMsMax = durationMs('1d')

/** `'10/1m'` -> ten a minute, `'off'` -> null. Throws on what `isRate` refuses. */
export function rateOf(text: string): Rate | null {
  if (text === 'off') return null
  const [, points, duration = ''] = pattern.exec(text) ?? []
  const rate = { points: Number(points), durationMs: durationMs(duration) }
  if (rate.durationMs < 1000 || rate.durationMs > durationMsMax) {
    throw new RangeError(`"${text}" is not a rate such as 10/1m.`)
  }
  return rate
}

export function isRate(text: string): boolean {
  try {
    rateOf(text)
    return true
  } catch {
    return false
  }
}
