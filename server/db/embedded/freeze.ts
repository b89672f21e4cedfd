import { inspectPostmaster } from './postmaster.ts'
import { childrenOf } from './process-tree.ts'

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
