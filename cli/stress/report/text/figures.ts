import { number } from '../../../words.ts'

/** At most seven characters: 12.3, 999.9, 1,234, 999,999, 1.23M, 2.15G. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (size < 999.95) return number(Math.round(value * 10) / 10)
  if (size < 999_999.5) return number(Math.round(value))
  return size < 999_500_000 ? `${(value / 1e6).toPrecision(3)}M` : `${(value / 1e9).toPrecision(3)}G`
}

/** `1.00`, `0.022`, `12.3`, `123`; `-` where there is nothing to divide by. */
export function ratio(value: number | null): string {
  if (value === null) return '-'
  return value.toFixed(value < 0.0995 ? 3 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
}

/** `12.5 %`, of a share from 0 to 1. */
export function percent(share: number): string {
  return `${number(Math.round(share * 1000) / 10)} %`
}

/** `50 ms`, `1.5 s`, `30 s`. */
export function seconds(value: number): string {
  const ms = Math.round(value * 1000)
  return ms > 0 && ms < 1000 ? `${ms} ms` : `${number(ms / 1000)} s`
}
