import {
  AppError,
  type ConfigFlags,
  isRole,
  passwordFault,
  plainJson,
  usernameFault,
} from '../../server/public/basics.ts'
import type { UserDetail } from '../../server/public/models.ts'
import { type CommandAction, exitCodes } from '../command.ts'
import { createFlagReader } from '../options.ts'
import { type PasswordFlags, readNewPassword } from '../password.ts'
import { oneLine } from '../words.ts'
import { withUsers } from './with-users.ts'

interface Arguments extends ConfigFlags {
  readonly arguments: readonly string[]
}

type CreateFlags = Arguments & PasswordFlags & { readonly admin?: boolean; readonly fullName?: string }

/** Adds a user. The password is asked for, or read from stdin, before anything is opened. */
export const create: CommandAction<CreateFlags> = async (flags, context) => {
  const [username = ''] = flags.arguments
  const read = createFlagReader()
  const fault = usernameFault(username)
  if (fault !== null) read.fault('USERNAME', `got ${JSON.stringify(username)}, which ${fault}`)
  read.finish()
  const password = await readGoodPassword(flags, context)
  return withUsers(flags, context, async ({ users, description }) => {
    const role = flags.admin === true ? 'admin' : 'user'
    const { role: given } = await users.register({
      username,
      password,
      fullName: flags.fullName ?? username,
      role,
    })
    context.ui.print(`Added ${username} with the role ${given}, in the ${description}.`)
    return exitCodes.good
  })
}

/** Users a page; a million are listed at flat memory. */
const pageSize = 1_000

export const list: CommandAction<Arguments & { readonly json?: boolean }> = async (flags, context) => {
  const { print } = context.ui
  return withUsers(flags, context, async ({ users }) => {
    if (flags.json === true) print('[')
    let last: UserDetail | null = null
    for (;;) {
      const page = await users.list({ after: last?.username ?? null, limit: pageSize })
      for (const user of page) {
        if (flags.json !== true) print(line(user))
        else if (last === null) print(`  ${plainJson(JSON.stringify(user))}`)
        else print(`  ,${plainJson(JSON.stringify(user))}`)
        last = user
      }
      if (page.length < pageSize) break
    }
    if (flags.json === true) print(']')
    else if (last === null) print('There are no users.')
    return exitCodes.good
  })
}

/** Anybody may register, under a full name that is any text. */
function line({ username, role, created_at, full_name }: UserDetail): string {
  return `${oneLine(username).padEnd(24)} ${role.padEnd(5)} ${created_at.toISOString()}  ${oneLine(full_name)}`
}

export const role: CommandAction<Arguments> = async (flags, context) => {
  const [username = '', wanted] = flags.arguments
  if (!isRole(wanted)) {
    throw new AppError('invalid', `ROLE: got ${JSON.stringify(wanted)}, wants one of user, admin.`)
  }
  return withUsers(flags, context, async ({ users, config }) => {
    await users.setRole(username, wanted)
    const minutes = Math.ceil(config.auth.accessTokenMs / 60_000)
    context.ui.print(
      `${username} has the role ${wanted}; access tokens from before keep theirs for up to ${minutes} min.`,
    )
    return exitCodes.good
  })
}

export const password: CommandAction<Arguments & PasswordFlags> = async (flags, context) => {
  const [username = ''] = flags.arguments
  const wanted = await readGoodPassword(flags, context)
  return withUsers(flags, context, async ({ users }) => {
    await users.setPassword(username, wanted)
    context.ui.print(`${username} has a new password, and must sign in with it everywhere.`)
    return exitCodes.good
  })
}

async function readGoodPassword(
  flags: PasswordFlags,
  context: Parameters<CommandAction<PasswordFlags>>[1],
): Promise<string> {
  const wanted = await readNewPassword(flags, context)
  const fault = passwordFault(wanted)
  if (fault !== null) throw new AppError('invalid', `The password ${fault}.`)
  return wanted
}
