import { existsSync } from 'node:fs'
import { lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Owner } from './runner.ts'

/**
 * Gives a file, or a folder with all in it, to the owner. Only root calls this, when a cluster that was run
 * in one way is to run in another. What is right already is not touched, so that a walk cut short is finished
 * by the next.
 */
export async function giveTo(owner: Owner, path: string): Promise<void> {
  if (!existsSync(path)) return
  const entry = await lstat(path)
  if (entry.uid !== owner.uid || entry.gid !== owner.gid) await lchown(path, owner.uid, owner.gid)
  if (!entry.isDirectory()) return
  for (const name of await readdir(path)) await giveTo(owner, join(path, name))
}
