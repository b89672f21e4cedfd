import { chmodSync, readFileSync, statSync } from 'node:fs'
import { AppError } from '../../errors.ts'
import { createRunner, type Owner, type Runner } from './runner.ts'

/** The ways in which root can run Postgres, in the order in which they are tried. */
export const rootWays = ['unshare', 'nobody'] as const
export type RootWay = (typeof rootWays)[number]

/**
 * The way to start a server in the folder. Root leaves the folder of an ordinary user to that user.
 * @param way only this way for root, whoever owns the folder; for tests
 * @throws AppError 'unreachable' when root has no way
 */
export function chooseRunner(folder: string, way?: RootWay): Runner {
  if (!isRoot()) return createRunner('plain')
  const owner = statSync(folder)
  if (way === undefined && owner.uid !== 0 && owner.uid !== nobody().uid) return createRunner('user', owner)
  for (const candidate of way === undefined ? rootWays : [way]) {
    const runner = candidate === 'unshare' ? unshareRunner() : nobodyRunner(folder)
    if (runner !== undefined && canEnter(runner, folder)) return runner
  }
  throw new AppError(
    'unreachable',
    `Postgres does not run as root, and no other way works here: \`unshare --user\` is refused, and the user ` +
      `nobody cannot enter ${folder}. Run this as an ordinary user, or set DATABASE_URL.`,
  )
}

/** The way to stop a server: signals reach it only from its own user, and that is who owns its data. */
export function runnerOfServer(dataFolder: string): Runner {
  if (!isRoot()) return createRunner('plain')
  const { uid, gid } = statSync(dataFolder)
  return uid === 0 ? createRunner('unshare', root) : createRunner('user', { uid, gid })
}

const root: Owner = { uid: 0, gid: 0 }

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function unshareRunner(): Runner | undefined {
  const runner = createRunner('unshare', root)
  return runner.probe('true', []).ok ? runner : undefined
}

/** Nobody must be able to pass through the folder, which stays root's: 0711 lets it pass, not look. */
function nobodyRunner(folder: string): Runner {
  if (statSync(folder).uid === 0) chmodSync(folder, 0o711)
  return createRunner('user', nobody())
}

function canEnter(runner: Runner, folder: string): boolean {
  return runner.probe('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder]).ok
}

/** The user nobody as the system knows it; 65534 is what nearly all give it. */
function nobody(): Owner {
  const line = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  return { uid: Number(line?.[1] ?? 65_534) >>> 0, gid: Number(line?.[2] ?? 65_534) >>> 0 }
}
