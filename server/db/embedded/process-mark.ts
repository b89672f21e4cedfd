import { randomUUID } from 'node:crypto'

/**
 * This process's mark, for files that say who holds something. The random part tells a process from an
 * earlier one of the same pid: a restarted container often gives its program the same small pid again.
 */
export const processMark = `${process.pid}-${randomUUID()}`

/** Whether the process that wrote the mark lives, as far as its pid can tell. False for what is no mark. */
export function isMarkAlive(mark: string): boolean {
  const pid = Number.parseInt(mark, 10)
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (pid === process.pid) return mark.trim() === processMark
  return isPidAlive(pid)
}

/** Whether a process of that pid exists, be it ours or another user's. */
export function isPidAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
