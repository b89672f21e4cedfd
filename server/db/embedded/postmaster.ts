import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isPidAlive } from './process-mark.ts'
import { commandLineOf } from './process-tree.ts'

/**
 * What runs in a data folder. States: absent -> changing (starting) -> ready -> changing (stopping) -> absent.
 */
export type Postmaster =
  /** Nothing runs. `squatter` is set when the pid in a pid file left behind is another program's by now. */
  | { readonly state: 'absent'; readonly squatter?: number }
  | { readonly state: 'changing'; readonly pid: number }
  | { readonly state: 'ready'; readonly pid: number; readonly port: number }

export function pidFileOf(dataFolder: string): string {
  return join(dataFolder, 'postmaster.pid')
}

/** Reads postmaster.pid: line 1 is the pid, 4 the port, 8 the status. A killed server leaves it behind. */
export function inspectPostmaster(dataFolder: string): Postmaster {
  const lines = readPidFile(dataFolder)
  const pid = Number.parseInt(lines[0] ?? '', 10)
  if (!Number.isInteger(pid) || pid <= 0 || !isPidAlive(pid)) return { state: 'absent' }
  if (!isPostmasterOf(dataFolder, pid)) return { state: 'absent', squatter: pid }
  const port = Number(lines[3])
  return lines[7]?.trim() === 'ready' ? { state: 'ready', pid, port } : { state: 'changing', pid }
}

function readPidFile(dataFolder: string): string[] {
  try {
    return readFileSync(pidFileOf(dataFolder), 'utf8').split('\n')
  } catch {
    return []
  }
}

/** We start servers with `-D` and the whole path, so that a command line tells whose it is. */
function isPostmasterOf(dataFolder: string, pid: number): boolean {
  const commandLine = commandLineOf(pid)
  return commandLine === undefined || (commandLine.includes('postgres') && commandLine.includes(dataFolder))
}
