/** `1,000`. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 user`, `1,000 users`. */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${number(value)} ${value === 1 ? singular : plural}`
}

/** The verb that goes with a number: `is` or `are`, as given. */
export function agree(value: number, singular: string, plural: string): string {
  return value === 1 ? singular : plural
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
