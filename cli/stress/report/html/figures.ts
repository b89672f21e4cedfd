/** Numbers as the page writes them. */
import type { Spread } from '../document.ts'

/** Three or four digits that count, as in the report for terminals: `1.234`, `12.34`, `123.4`, `12,345`. */
export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  const decimals = value < 9.9995 ? 3 : value < 99.995 ? 2 : value < 999.95 ? 1 : 0
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** A rate or a median of counts: whole, unless it is small. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 })
}

export function percent(share: number): string {
  return `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: share < 0.1 ? 2 : 1 })}\u00a0%`
}

export function seconds(value: number): string {
  return `${value.toLocaleString('en-US', { maximumFractionDigits: 3 })}\u00a0s`
}

/** `1.93×`. */
export function ratio(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)}×`
}

/** `12,345` and `12,001–12,870`, which is empty where nothing is spread. */
export function spread(
  value: Spread | null,
  write: (value: number) => string,
): { readonly median: string; readonly range: string } {
  if (value === null) return { median: '–', range: '' }
  const range = value.min === value.max ? '' : `${write(value.min)}–${write(value.max)}`
  return { median: write(value.median), range }
}

/** `sold out`, for `sold_out`. */
export function spoken(name: string): string {
  return name.replaceAll('_', ' ')
}

/** `2026-11-27 09:00:00 UTC`; what is no date stays as it is. */
export function instant(text: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return text
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
