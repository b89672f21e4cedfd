/** Where a run of the tests keeps its databases and temp folders. */
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, realpath, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { processesNaming } from './processes.ts'

/** A RAM disk that every Linux has. */
const memoryFolder = '/dev/shm'
const prefix = 'coupon-run-'
/** A whole run takes 0.25 GB of it; the rest is room for others and for the tests themselves. */
const diskBytesMin = 2e9
const memoryBytesMin = 4e9
/** No run goes on for as long. */
const leftAfterMs = 60 * 60_000

/**
 * In memory where there is plenty of it, and TMPDIR names no other place: to copy a database, some 300 files, takes a
 * tenth of the processor's time that it takes on a disk.
 */
export async function makeRunFolder(): Promise<string> {
  const isNamed = (process.env.TMPDIR ?? '') !== ''
  await sweep().catch(() => {})
  if (!isNamed && (await hasMemory())) {
    const folder = await makeIn(memoryFolder)
    if (await canRunPrograms(folder)) return folder
    await rm(folder, { recursive: true })
  }
  return makeIn(await realpath(tmpdir()))
}

/** What killed runs have left in memory would stay there until the machine is started again. */
async function sweep(): Promise<void> {
  for (const name of await readdir(memoryFolder)) {
    if (!name.startsWith(prefix)) continue
    const folder = join(memoryFolder, name)
    const { mtimeMs, uid } = await stat(folder)
    if (uid !== process.getuid?.() || Date.now() - mtimeMs < leftAfterMs) continue
    for (const { pid } of processesNaming(folder)) process.kill(pid, 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeIn(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, prefix))
  // Root runs Postgres as somebody else, who must be able to pass through.
  await chmod(folder, 0o711)
  return folder
}

async function hasMemory(): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(memoryFolder)
    const limitBytes = process.constrainedMemory() || Number.POSITIVE_INFINITY
    return bavail * bsize >= diskBytesMin && Math.min(freemem(), limitBytes) >= memoryBytesMin
  } catch {
    return false
  }
}

/** Some mount it so that nothing in it can be run; copies of Postgres' programs lie there. */
async function canRunPrograms(folder: string): Promise<boolean> {
  const program = join(folder, 'program')
  await writeFile(program, '#!/bin/sh\n', { mode: 0o755 })
  const { status } = spawnSync(program)
  await rm(program)
  return status === 0
}
