import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** The process that listens on a port. */
export interface Holder {
  readonly pid: number
  readonly command: string
}

const listening = '0A'

/**
 * Who listens on a TCP port, out of /proc: the socket's inode, and whose it is. Null where there is no /proc, and for a
 * process of another user, which only root may look into.
 */
export function holderOf(port: number): Holder | null {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => inodesIn(table, port)))
  if (inodes.size === 0) return null
  for (const name of namesIn('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const holds = namesIn(`/proc/${name}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${name}/fd/${fd}`))?.[1]
      return inode !== undefined && inodes.has(inode)
    })
    if (holds) return { pid: Number(name), command: programOf(name) }
  }
  return null
}

/** Lines of `sl local_address rem_address st … inode`; an address is hexadecimal, with its port behind the colon. */
function inodesIn(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return textOf(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(wanted) && state === listening)
    .flatMap((fields) => fields[9] ?? [])
}

/** The program alone: its arguments may hold secrets. */
function programOf(pid: string): string {
  const [program = ''] = textOf(`/proc/${pid}/cmdline`).split('\0')
  return basename(program)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
