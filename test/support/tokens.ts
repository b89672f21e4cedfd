import { createTokens } from '../../server/auth/tokens.ts'
import type { Role } from '../../server/users/rules.ts'

/** What the servers of tests sign with. */
export const testSecret = 'a secret of tests that has more than 32 bytes'

const tokens = createTokens({ secret: testSecret })

/** An access token, valid for an hour; whether there is such a user is not asked. */
export function tokenOf(username: string, role: Role = 'user', secret = testSecret): string {
  const signer = secret === testSecret ? tokens : createTokens({ secret })
  return signer.sign({ username, role }, 3_600_000)
}

export function bearerOf(username: string, role: Role = 'user'): Record<string, string> {
  return { authorization: `Bearer ${tokenOf(username, role)}` }
}
