import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import { AppError, messageOf } from '../../server/errors.ts'
import { type CommandAction, exitCodes } from '../command.ts'
import { openOutputFile } from '../output-file.ts'
import type { StressDocument } from '../stress/report/document.ts'
import { renderHtml } from '../stress/report/html/page.ts'
import { readDocument } from '../stress/report/read-document.ts'
import { number } from '../words.ts'

export interface ReportFlags {
  /** Files, or `-` for stdin. */
  readonly arguments: readonly string[]
  readonly html?: string
}

/** Makes a page of one report, or of several beside each other, and prints where it is. */
export const report: CommandAction<ReportFlags> = async (flags, { ui, signal }) => {
  const files = flags.arguments
  const path = pagePath(files, flags.html)
  const documents: StressDocument[] = []
  for (const file of files) documents.push(await readReport(file, signal))
  const page = await renderHtml(documents, namesOf(files))
  const file = await openOutputFile('--html', path)
  try {
    await file.append([page])
    await file.finish()
  } finally {
    await file.discard()
  }
  ui.note(`Wrote ${number(Math.ceil(Buffer.byteLength(page) / 1000))} kB for a browser:`)
  ui.print(path)
  return exitCodes.good
}

/** Where nobody says: beside the only report, else in the working folder. */
function pagePath(files: readonly string[], flag: string | undefined): string {
  if (flag === '') throw new AppError('invalid', '--html: got "", wants the name of a file to write.')
  if (files.filter((file) => file === '-').length > 1) {
    throw new AppError('invalid', '-: stands for stdin, which can be read once only.')
  }
  const [first = '-'] = files
  const own = files.length === 1 && first !== '-' ? `${first.replace(/\.json$/i, '')}.html` : 'report.html'
  const path = flag ?? own
  if (files.some((file) => file !== '-' && resolve(file) === resolve(path))) {
    throw new AppError('invalid', `--html: ${path} is one of the reports, wants another name.`)
  }
  return path
}

async function readReport(file: string, signal: AbortSignal): Promise<StressDocument> {
  const reading = readDocument(await readText(file, signal))
  if ('document' in reading) return reading.document
  throw new AppError('invalid', `${nameOf(file)}: ${reading.fault}`)
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  if (file === '-') return text(addAbortSignal(signal, process.stdin))
  try {
    return await readFile(file, { encoding: 'utf8', signal })
  } catch (error) {
    if (signal.aborted) throw error
    const isMissing = (error as { code?: unknown }).code === 'ENOENT'
    const what = isMissing ? 'there is no such file' : `it cannot be read: ${messageOf(error)}`
    throw new AppError(
      'invalid',
      `${file}: ${what}; wants a report that "coupon stress --json FILE" wrote.`,
      {
        cause: error,
      },
    )
  }
}

/** The shortest names that tell the files apart. */
function namesOf(files: readonly string[]): string[] {
  const short = files.map((file) => basename(nameOf(file)))
  return new Set(short).size === files.length ? short : files.map(nameOf)
}

function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file
}
