import type { Watch } from '../metrics/bounded.ts'

/** From when on a user's access tokens count, in whole seconds. */
export interface Revocation {
  readonly username: string
  readonly validFromS: number
}

export interface Revocations {
  /** Tokens of this user that were signed before this second are not valid. Synchronous: it stands on the claim path. */
  validFromS(username: string): number
  /** Learns what has changed. Rejects when it cannot be read; what was known stays known. */
  update(): Promise<void>
}

export interface RevocationOptions {
  /** At most `limit` of those from `sinceS` on, the latest first. */
  readonly read: (sinceS: number, limit: number) => Promise<readonly Revocation[]>
  /** Users that are remembered, at most. */
  readonly keptMax?: number
  readonly watch?: Watch
}

/** Who changes a password is told from the next update on; the answer to "valid?" is at most so old. */
export const updateEveryMs = 400

/** About 10 MB. */
const keptMaxInitial = 100_000

/** A change is dated before it is committed: so much is read again each time, for those that came late. */
const overlapS = 60

/**
 * The users whose password or role has changed, by the instant from which on their tokens count. When there are too many,
 * the older half is forgotten, and then every token from before that counts as refused: who has one signs in again.
 *
 * States: empty -> complete (the first update) -> complete since a horizon (some were forgotten).
 */
export function createRevocations({ read, keptMax = keptMaxInitial, watch }: RevocationOptions): Revocations {
  let kept = new Map<string, number>()
  let horizonS = 0
  let latestS = 0
  watch?.('changed_users', keptMax, () => kept.size)

  function forgetOlder(): void {
    const latestFirst = [...kept].sort(([, a], [, b]) => b - a)
    const stays = Math.floor(keptMax / 2)
    horizonS = Math.max(horizonS, latestFirst[stays]?.[1] ?? 0)
    kept = new Map(latestFirst.slice(0, stays))
  }

  return {
    validFromS: (username) => kept.get(username) ?? horizonS,
    update: async () => {
      const found = await read(Math.max(0, latestS - overlapS), keptMax)
      // A full answer may have left some out, all of them older than its last.
      if (found.length === keptMax) horizonS = Math.max(horizonS, found.at(-1)?.validFromS ?? 0)
      for (const { username, validFromS } of found) {
        kept.set(username, Math.max(validFromS, kept.get(username) ?? 0))
        latestS = Math.max(latestS, validFromS)
        if (kept.size >= keptMax) forgetOlder()
      }
    },
  }
}
