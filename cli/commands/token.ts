import {
  AppError,
  type ConfigFlags,
  durationMs,
  durationPattern,
  provideSecret,
} from '../../server/public/basics.ts'
import { createTokens } from '../../server/public/tokens.ts'
import { type CommandAction, exitCodes } from '../command.ts'
import { withUsers } from './with-users.ts'

interface TokenFlags extends ConfigFlags {
  readonly arguments: readonly string[]
  readonly ttl?: string
}

const lifetimeMsMax = durationMs('400d')

/** Prints an access token of a user, and nothing else, for scripts. */
export const token: CommandAction<TokenFlags> = async (flags, context) => {
  const [username = ''] = flags.arguments
  const ttlMs = readTtl(flags.ttl)
  return withUsers(flags, context, async ({ users, config, description }) => {
    const secret = await provideSecret(config)
    const user = await users.find(username)
    if (user === null) {
      throw new AppError(
        'user_not_found',
        `There is no user ${JSON.stringify(username)} in the ${description}.`,
      )
    }
    const { sign } = createTokens({ secret })
    context.ui.print(sign({ username, role: user.role }, ttlMs ?? config.auth.accessTokenMs))
    return exitCodes.good
  })
}

function readTtl(text: string | undefined): number | null {
  if (text === undefined) return null
  const ttlMs = durationPattern.test(text) ? durationMs(text) : 0
  if (ttlMs >= 1000 && ttlMs <= lifetimeMsMax) return ttlMs
  throw new AppError(
    'invalid',
    `--ttl: got ${JSON.stringify(text)}, wants a duration from 1s to 400d, such as 15m or 24h.`,
  )
}
