const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration as configuration writes it: a whole number and ms, s, m, h or d. */
export const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/

/** `'15m'` -> 900000. Throws on text that does not match `durationPattern`. */
export function durationMs(text: string): number {
  const [, amount, unit] = durationPattern.exec(text) ?? []
  const unitMs = unit === undefined ? undefined : unitsMs[unit]
  if (unitMs === undefined) throw new RangeError(`"${text}" is not a duration such as 500ms, 5s, 15m or 24h.`)
  return Number(amount) * unitMs
}
