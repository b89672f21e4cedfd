/** A whole number in a range, as it is typed: decimal digits alone. Null for anything else. */
export function parseWhole(text: string, { min, max }: { min: number; max: number }): number | null {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : null
}
