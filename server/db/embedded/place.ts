import { existsSync } from 'node:fs'
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, messageOf } from '../../errors.ts'

/** The files of one embedded Postgres; all lie in `folder`, whose path is free of symlinks. */
export interface Place {
  readonly folder: string
  /** The cluster (PGDATA). It is there whole or not at all. */
  readonly dataFolder: string
  /** What initdb, pg_ctl and the server say. */
  readonly logFile: string
  /** The superuser's password, mode 0600. */
  readonly passwordFile: string
  /** Held around creating, starting and stopping. */
  readonly lockFile: string
}

export function placeOf(folder: string): Place {
  return {
    folder,
    dataFolder: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    passwordFile: join(folder, 'password'),
    lockFile: join(folder, 'lock'),
  }
}

/**
 * Makes the folder if need be, closed to others and ignored by git.
 * @throws AppError 'unreachable' when it cannot be made or written to
 */
export async function preparePlace(folder: string): Promise<Place> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const ignoreFile = join(folder, '.gitignore')
    if (!existsSync(ignoreFile)) await writeFile(ignoreFile, '*\n')
    return placeOf(await realpath(folder))
  } catch (error) {
    throw new AppError(
      'unreachable',
      `The folder ${folder} for the embedded Postgres cannot be written to: ${messageOf(error)}. ` +
        'Run where you may write (and as the user who owns that folder), or set DATABASE_URL.',
      { cause: error },
    )
  }
}

/** @throws AppError 'unreachable' when the password of an existing cluster is lost */
export async function urlOf(place: Place, port: number): Promise<string> {
  const password = await readPassword(place)
  return `postgres://coupon:${password}@127.0.0.1:${port}/coupon_db`
}

async function readPassword(place: Place): Promise<string> {
  const password = (await readFile(place.passwordFile, 'utf8').catch(() => '')).trim()
  if (password !== '') return password
  throw new AppError(
    'unreachable',
    `The password of the embedded Postgres cannot be read from ${place.passwordFile}. Put the file back, ` +
      `or remove ${place.folder} to begin with an empty database.`,
  )
}
