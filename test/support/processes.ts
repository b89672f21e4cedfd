import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface RunningProcess {
  readonly pid: number
  readonly command: string
}

/** The processes of this machine whose command line contains the text, this one apart. */
export function processesNaming(text: string): RunningProcess[] {
  const all = existsSync('/proc/self/cmdline') ? fromProc() : fromPs()
  return all.filter(({ pid, command }) => pid !== process.pid && command.includes(text))
}

/** Not every machine has `ps`: slim container images come without it. */
function fromProc(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return '' // It ended meanwhile.
  }
}

function fromPs(): RunningProcess[] {
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').map((line) => {
    const [, pid = '0', command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return { pid: Number(pid), command }
  })
}
