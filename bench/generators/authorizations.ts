import { createTokens } from '../../server/auth/tokens.ts'
import type { Load } from './load.ts'
import { claimAt } from './stream.ts'

const lifetimeMs = 24 * 3_600_000

/** The header of each request, made before the clock starts; null when none is asked for. */
export function signAll({ secret, stream, requests }: Load): readonly string[] | null {
  if (secret === null) return null
  const tokens = createTokens({ secret })
  return Array.from({ length: requests }, (_, position) => {
    const username = `user_${claimAt(stream, position).user}`
    return `Bearer ${tokens.sign({ username, role: 'user' }, lifetimeMs)}`
  })
}
