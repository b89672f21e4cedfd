import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { inspectPostmaster } from './postmaster.ts'

/**
 * Stops the server of a folder in its tracks (SIGSTOP), with all of its processes; nothing happens when none runs. Its
 * sockets stay open, and the system goes on to accept connections for it, to which nobody answers. Not on Windows.
 */
export function freezeServer(dataFolder: string): void {
  const pid = pidOf(dataFolder)
  if (pid === null) return
  signal(pid, 'SIGSTOP')
  // A process that it was just making when it was stopped is found by the second look.
  for (let looks = 0; looks < 2; looks += 1) {
    for (const child of childrenOf(pid)) signal(child, 'SIGSTOP')
  }
}

/** Lets it go on; fine when it was not frozen. */
export function thawServer(dataFolder: string): void {
  const pid = pidOf(dataFolder)
  if (pid === null || process.platform === 'win32') return
  for (const each of [...childrenOf(pid), pid]) signal(each, 'SIGCONT')
}

function pidOf(dataFolder: string): number | null {
  const postmaster = inspectPostmaster(dataFolder)
  return postmaster.state === 'absent' ? null : postmaster.pid
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // One that has ended meanwhile is fine.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Not every Linux has `ps`: slim container images come without it. */
function childrenOf(pid: number): number[] {
  const pairs = process.platform === 'linux' ? pairsOfProc() : pairsOfPs()
  return pairs.filter(([, parent]) => parent === pid).map(([child]) => child)
}

type PidAndParent = readonly [pid: number, parent: number]

function pairsOfProc(): PidAndParent[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)])
}

/** The name in brackets may hold anything; after it come the state and the parent. */
function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2])
  } catch {
    return 0 // It ended meanwhile.
  }
}

function pairsOfPs(): PidAndParent[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').map((line) => {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number)
    return [pid, parent]
  })
}
