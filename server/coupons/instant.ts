const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/i

/** Years that Postgres, JavaScript and every client agree on. */
const earliestMs = Date.UTC(1970, 0, 1)
const latestMs = Date.UTC(10_000, 0, 1) - 1

export const instantWish =
  'must be a time with a time zone, such as 2026-11-27T09:00:00Z or 2026-11-27T10:00:00+01:00'

/**
 * An ISO 8601 time with a time zone, or null. A time without a zone means another moment on each machine, so
 * it is none.
 */
export function parseInstant(text: string): Date | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number)
  // Date takes the 30th of February for the 2nd of March.
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return null
  const instant = new Date(text.toUpperCase())
  const ms = instant.getTime()
  return ms >= earliestMs && ms <= latestMs ? instant : null
}
