import { chmod, cp, lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { mendNative } from './binaries-mend.ts'

export interface CopyOptions {
  /** The package's folder `native`. */
  readonly native: string
  readonly version: string
  readonly tempFolder: string
  /** Whether the programs in a folder run; a copy that a cleaner of temp files has thinned out does not. */
  isUsable(folder: string): boolean
}

/**
 * A copy of the programs (40 MB, 0.1 s) in a temp folder that everyone may read and only we may write to. It
 * is kept for the next time; its name tells version, machine and user.
 * @returns the copy's folder
 * @throws AppError 'unreachable' when somebody else has put something in its place
 */
export async function copyNative(options: CopyOptions): Promise<string> {
  const { native, version, tempFolder, isUsable } = options
  const user = process.getuid?.() ?? 0
  const copy = join(tempFolder, `coupon-postgres-${version}-${process.platform}-${process.arch}-${user}`)
  if (await isOurs(copy)) {
    if (isUsable(copy)) return copy
    await rm(copy, { recursive: true, force: true })
  }
  const making = await mkdtemp(join(tempFolder, 'coupon-postgres-making-'))
  await cp(native, making, { recursive: true, verbatimSymlinks: true, filter: isNeeded })
  await openUp(making)
  await mendNative(making)
  await rename(making, copy).catch(() => rm(making, { recursive: true, force: true }))
  if (await isOurs(copy)) return copy
  throw new AppError('unreachable', `The programs of Postgres could not be copied to ${copy}.`)
}

/** The package may be read-only, or closed to others as the files of a strict umask are. */
async function openUp(path: string): Promise<void> {
  const entry = await lstat(path)
  if (entry.isSymbolicLink()) return
  await chmod(path, entry.isDirectory() || (entry.mode & 0o100) !== 0 ? 0o755 : 0o644)
  if (!entry.isDirectory()) return
  for (const name of await readdir(path)) await openUp(join(path, name))
}

/** Static libraries are for compilers. */
function isNeeded(path: string): boolean {
  return !path.endsWith('.a')
}

/**
 * True for a folder of ours, false for none. In a shared temp folder anyone may have made one of that name
 * and put other programs in it.
 */
async function isOurs(folder: string): Promise<boolean> {
  const entry = await lstat(folder).catch(() => undefined)
  if (entry === undefined) return false
  const isPrivate = process.platform === 'win32' || (entry.mode & 0o022) === 0
  if (entry.isDirectory() && entry.uid === (process.getuid?.() ?? entry.uid) && isPrivate) return true
  throw new AppError(
    'unreachable',
    `${folder} is to hold a copy of Postgres' programs, but it belongs to somebody else or others may write ` +
      'to it. Remove it and try again, or set DATABASE_URL.',
  )
}
