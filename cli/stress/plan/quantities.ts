const secondsOf: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60 }

/** Seconds behind `500ms`, `30s` or `1.5m`; null for anything else. */
export function parseSeconds(text: string): number | null {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? []
  const each = unit === undefined ? undefined : secondsOf[unit]
  return amount === undefined || each === undefined ? null : rounded(Number(amount) * each)
}

/** A decimal number that is not negative, up to `max`; null for anything else. */
export function parseDecimal(text: string, max: number): number | null {
  const value = /^\d{1,10}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  return value <= max ? value : null
}

/** The share, 0 to 1, behind `5%` or `5`; null for anything else. */
export function parseShare(text: string): number | null {
  const percent = parseDecimal(text.replace(/\s*%$/, ''), 100)
  return percent === null ? null : rounded(percent / 100)
}

/** 0.1 + 0.2 is no figure to show. */
export function rounded(value: number): number {
  return Number(value.toFixed(9))
}
