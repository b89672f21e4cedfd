import type { Lifecycle } from '../../../server/public/basics.ts'
import type { ChaosDocument } from '../../chaos/report/document.ts'
import { type OutputFile, openOutputFile } from '../../output-file.ts'
import type { ChaosOptions } from './options.ts'

export interface ChaosFiles {
  /** Keeps a line of the history, when a file was asked for. */
  readonly write: ((line: string) => void) | null
  /** Each file is told. */
  finish(document: ChaosDocument, note: (line: string) => void): Promise<void>
}

/** Lines that are written at once, and how often what has gathered is written. */
const writeEveryMs = 500

/** Throws `AppError('invalid')` for a file that cannot be written. */
export async function openChaosFiles(
  { files }: Pick<ChaosOptions, 'files'>,
  lifecycle: Lifecycle,
): Promise<ChaosFiles> {
  const open = async (flag: string, path: string | undefined): Promise<OutputFile | null> => {
    if (path === undefined) return null
    const file = await openOutputFile(flag, path)
    lifecycle.push(`the file ${path}`, file.discard)
    return file
  }
  const json = await open('--json', files.json)
  const history = await open('--history', files.history)
  const lines = history === null ? null : writeLines(history, lifecycle)
  return {
    write: lines?.write ?? null,
    finish: async (document, note) => {
      await lines?.flush()
      await json?.append([JSON.stringify(document, null, 2), '\n'])
      for (const [file, path] of [
        [history, files.history],
        [json, files.json],
      ] as const) {
        if (file === null) continue
        await file.finish()
        note(`Wrote ${path}.`)
      }
    },
  }
}

/** Gathers lines and writes them now and then, one write at a time. */
function writeLines(file: OutputFile, lifecycle: Lifecycle) {
  let gathered: string[] = []
  let writing = Promise.resolve()
  let failure: unknown
  const flush = () => {
    const texts = gathered
    gathered = []
    writing = writing
      .then(() => file.append([texts.join('')]))
      .catch((error: unknown) => {
        failure ??= error
      })
    return writing
  }
  const timer = setInterval(flush, writeEveryMs)
  lifecycle.push('the writing of the history', () => {
    clearInterval(timer)
    return writing
  })
  return {
    write: (line: string) => {
      gathered.push(`${line}\n`)
    },
    flush: async () => {
      await flush()
      if (failure !== undefined) throw failure
    },
  }
}
