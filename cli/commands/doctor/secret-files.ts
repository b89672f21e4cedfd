import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConfigReading, findSecret, messageOf } from '../../../server/public/basics.ts'
import { error, type Finding, ok, warning } from './finding.ts'

/** A file or folder that is for its owner alone, and its permission bits. */
export interface PrivateFile {
  readonly path: string
  readonly mode: number
  readonly isFolder: boolean
}

/** The secrets that commands keep in `.coupon/` of the working folder. Nothing where there is no such folder. */
export async function examineSecretFiles({ config }: ConfigReading): Promise<Finding[]> {
  const files = (await Promise.all(['.coupon', '.coupon/jwt_secret', '.coupon/password'].map(lookAt))).filter(
    (file) => file !== null,
  )
  if (files.length === 0) return []
  return [...judgeFiles(files), ...(await examineSecret(config))]
}

async function lookAt(path: string): Promise<PrivateFile | null> {
  try {
    const entry = await lstat(path)
    return { path, mode: entry.mode & 0o777, isFolder: entry.isDirectory() }
  } catch {
    return null
  }
}

/** The embedded Postgres of root, run by the user nobody, needs to pass through the folder: 0711 lets it, without a look. */
export function judgeFiles(files: readonly PrivateFile[]): Finding[] {
  const open = files.filter(({ mode, isFolder }) => (mode & (isFolder ? 0o066 : 0o077)) !== 0)
  if (open.length === 0) {
    return [ok('permissions', `${files.map(({ path }) => path).join(', ')}: for you alone.`)]
  }
  return open.map(({ path, mode, isFolder }) =>
    warning(
      'permissions',
      `${path} has mode ${mode.toString(8).padStart(4, '0')}: others of this machine may ${isFolder ? 'look into it' : 'read it'}.`,
      `chmod ${isFolder ? '700' : '600'} ${path}`,
    ),
  )
}

async function examineSecret(config: ConfigReading['config']): Promise<Finding[]> {
  if (config.auth.mode === 'open' || config.auth.secret !== null) return []
  try {
    await findSecret(config)
    return []
  } catch (fault) {
    const file = join('.coupon', 'jwt_secret')
    return [
      error('kept_secret', messageOf(fault), `rm ${file}, which ends every sign-in; serve makes another`),
    ]
  }
}

/** The permission bits of a file; null where there is none. */
export async function modeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (entry) => entry.mode & 0o777,
    () => null,
  )
}
