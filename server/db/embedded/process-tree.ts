import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** The processes that a process has started and that are not reaped, the lowest pid first. None on Windows, where it cannot be told. */
export function childrenOf(pid: number): number[] {
  return pairs()
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child)
    .sort((one, other) => one - other)
}

type PidAndParent = readonly [pid: number, parent: number]

/** Not every Linux has `ps`: slim container images come without it. */
function pairs(): PidAndParent[] {
  if (process.platform === 'win32') return []
  return process.platform === 'linux' ? pairsOfProc() : pairsOfPs()
}

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

/**
 * What it was started as, its words parted by spaces. Empty when the process is gone or a zombie; undefined where it cannot be told
 * (Windows).
 */
export function commandLineOf(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined
  if (process.platform !== 'linux') {
    return (
      spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? undefined
    )
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
