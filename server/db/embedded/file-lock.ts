import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import { isMarkAlive, processMark } from './process-mark.ts'

/** Longer than the slowest start (pg_ctl waits 60 s for a recovery), so that a waiter outlasts it. */
const waitMsMax = 90_000
const pollMs = 25
/** Between creating the file and writing the mark lie microseconds; a file still empty then was abandoned. */
const emptyMsMax = 5_000

/**
 * Runs `work` while holding the lock file, so that one process at a time creates, starts or stops the server
 * of a folder. A lock whose holder is dead is broken.
 * @throws AppError 'unreachable' when a living process holds it for too long
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await acquire(file, Date.now() + waitMsMax)
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function acquire(file: string, deadlineMs: number): Promise<void> {
  while (!(await create(file))) {
    const holder = await readHolder(file)
    if (holder.isStale) await breakStale(file, holder.name, deadlineMs)
    else if (Date.now() > deadlineMs) throw heldTooLong(file)
    else await pause(pollMs)
  }
}

async function create(file: string): Promise<boolean> {
  try {
    await writeFile(file, processMark, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

interface Holder {
  /** Names this very holding, so that no other can be mistaken for it; empty when there is none. */
  readonly name: string
  readonly isStale: boolean
}

async function readHolder(file: string): Promise<Holder> {
  try {
    const mark = (await readFile(file, 'utf8')).trim()
    if (mark !== '') return { name: mark, isStale: !isMarkAlive(mark) }
    const { mtimeMs } = await stat(file)
    return { name: `empty-${mtimeMs}`, isStale: Date.now() - mtimeMs > emptyMsMax }
  } catch {
    return { name: '', isStale: false }
  }
}

/**
 * Two that find the same stale lock must not both remove it: the slower one would remove the lock which the
 * faster one has taken since. So the right to break it is itself a lock, named after the stale holder.
 */
async function breakStale(file: string, holderName: string, deadlineMs: number): Promise<void> {
  const breaker = `${file}.${holderName}`
  await acquire(breaker, deadlineMs)
  try {
    if ((await readHolder(file)).name === holderName) await rm(file, { force: true })
  } finally {
    await rm(breaker, { force: true })
  }
}

function heldTooLong(file: string): AppError {
  return new AppError(
    'unreachable',
    `Another process has been starting or stopping the embedded Postgres for over ${waitMsMax / 1000} s. ` +
      `If none is, remove ${file} and try again.`,
  )
}
