import type { Records } from '../records.ts'

/** Claims of this thread that were told and not given back yet, the oldest first. */
export interface Releases {
  /** A claim that was won; the last part of its location is its id. */
  add(line: number, location: string): void
  /** The id of the oldest claim, which the release on that line gives back; null when there is none. */
  take(line: number): string | null
}

/** A queue that has grown past this is cut when half of it is used. */
const lengthMin = 1024

export function createReleases(records: Records): Releases {
  let claims: { line: number; id: string }[] = []
  let next = 0

  return {
    add: (line, location) => {
      const id = location.slice(location.lastIndexOf('/') + 1)
      if (/^[\w-]+$/.test(id)) claims.push({ line, id })
    },
    take: (line) => {
      const claim = claims[next]
      if (claim === undefined) return null
      next++
      if (next > lengthMin && next * 2 > claims.length) {
        claims = claims.slice(next)
        next = 0
      }
      // Only now is it known whose claim, and of which coupon, the planned release is.
      records.claimLines[line] = claim.line + 1
      records.users[line] = records.users[claim.line] ?? 0
      records.coupons[line] = records.coupons[claim.line] ?? 0
      return claim.id
    },
  }
}
