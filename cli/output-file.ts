import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { AppError, messageOf } from '../server/errors.ts'

/**
 * A file that is there whole or not at all: what is written has another name until it is finished. A device or a
 * pipe is written as it is, for it cannot be replaced.
 *
 * States: open -> finished | discarded. A finished one is not discarded any more.
 */
export interface OutputFile {
  append(texts: Iterable<string>): Promise<void>
  finish(): Promise<void>
  /** Leaves nothing behind. */
  discard(): Promise<void>
}

/** Throws `AppError('invalid')` when it cannot be written; that is found out here, before there is anything to write. */
export async function openOutputFile(flag: string, path: string): Promise<OutputFile> {
  return named(flag, path, async () => {
    const place = await placeOf(path)
    const handle = await open(place.written, place.written === place.path ? 'w' : 'wx')
    return createOutputFile(handle, place, (work) => named(flag, path, work))
  })
}

interface Place {
  readonly path: string
  /** The name it has until it is finished. */
  readonly written: string
}

async function placeOf(given: string): Promise<Place> {
  // Whoever links to a file wants that one written, and not the link replaced.
  const path = await realpath(given).catch(() => given)
  const existing = await stat(path).catch(() => null)
  if (existing?.isDirectory()) throw new Error('it is a folder')
  const isPlain = existing === null || existing.isFile()
  return { path, written: isPlain ? `${path}.${process.pid}.unfinished` : path }
}

function createOutputFile(
  handle: FileHandle,
  { path, written }: Place,
  naming: (work: () => Promise<void>) => Promise<void>,
): OutputFile {
  let isOver = false
  return {
    append: (texts) =>
      naming(async () => {
        for (const text of texts) await handle.appendFile(text)
      }),
    finish: () =>
      naming(async () => {
        if (written !== path) await handle.sync()
        await handle.close()
        if (written !== path) await rename(written, path)
        isOver = true
      }),
    discard: async () => {
      if (isOver) return
      await handle.close()
      if (written !== path) await rm(written, { force: true })
    },
  }
}

async function named<T>(flag: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new AppError('invalid', `${flag}: ${path} cannot be written: ${messageOf(error)}.`, {
      cause: error,
    })
  }
}
