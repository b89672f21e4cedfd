/**
 * A coupon's name as stored: upper case, every run of other characters than A-Z and 0-9 one `_`, none at the
 * ends. `'  summer sale!! '` -> `'SUMMER_SALE'`; may be empty.
 */
export function canonicalName(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
}

/** A coupon's name as looked up: trimmed and upper-cased, as the original does. */
export function lookupName(name: string): string {
  return name.trim().toUpperCase()
}
