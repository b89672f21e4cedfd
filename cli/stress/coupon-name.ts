/** The longest name the API stores. */
export const couponNameLengthMax = 255

/**
 * The name as the API stores it: upper case, every run of other characters than A-Z and 0-9 becomes one `_`,
 * leading and trailing `_` cut. Empty when nothing is left.
 */
export function canonicalCouponName(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
}
