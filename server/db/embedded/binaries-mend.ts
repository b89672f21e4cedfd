import { chmod, lstat, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/**
 * npm keeps no symlinks, so the package makes them in an install script; with scripts off (`--ignore-scripts`,
 * npm 11's default for what is not allowed) the libraries lack their names. We make what is missing, and set
 * the programs' executable bits.
 * @returns false when something is missing and could not be mended, as in a folder we may not write to
 */
export async function mendNative(native: string): Promise<boolean> {
  try {
    await makeSymlinks(native)
    await makeExecutable(join(native, 'bin'))
    return true
  } catch {
    return false
  }
}

interface Symlink {
  /** The file that is there, and the name it is to have too; both begin with `native/`. */
  readonly source: string
  readonly target: string
}

async function makeSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as Symlink[]) {
    // A copy's folder has another name.
    const link = join(native, relative('native', target))
    if (await exists(link)) continue
    await symlink(relative(dirname(target), source), link).catch(ignoreExisting)
  }
}

async function makeExecutable(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    const { mode } = await stat(file)
    if ((mode & 0o111) !== 0o111) await chmod(file, 0o755)
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Another process mended the same package at the same time. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
