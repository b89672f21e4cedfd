import { AppError } from '../../../server/errors.ts'
import type { Lifecycle } from '../../../server/public/basics.ts'
import { type OutputFile, openOutputFile } from '../../output-file.ts'
import type { Records } from '../../stress/records.ts'
import { csvOf } from '../../stress/report/csv.ts'
import type { StressDocument } from '../../stress/report/document.ts'
import { renderReport } from '../../stress/report/text.ts'
import type { Ui } from '../../ui.ts'
import type { OutputPaths, StressOptions } from './options.ts'

/** Whatever the report is written to. */
export interface Outputs {
  /** The requests of one run, of which nothing is kept. */
  writeRun(run: Parameters<typeof csvOf>[0], records: Records): Promise<void>
  /** The report on stdout, then the files; each is told. */
  finish(document: StressDocument, ui: Ui): Promise<void>
}

type Files = Readonly<Partial<Record<keyof OutputPaths, OutputFile>>>

/** Throws `AppError('invalid')` with every file that cannot be written. */
export async function openOutputs(
  { files: paths, isJson }: Pick<StressOptions, 'files' | 'isJson'>,
  lifecycle: Lifecycle,
): Promise<Outputs> {
  const files = await openFiles(paths, lifecycle)
  let runs = 0
  return {
    writeRun: async (run, records) => {
      await files.csv?.append(csvOf(run, records, runs === 0))
      runs++
    },
    finish: async (document, ui) => {
      ui.print(isJson ? JSON.stringify(document, null, 2) : renderReport(document, ui.colour))
      await files.json?.append([JSON.stringify(document, null, 2), '\n'])
      await files.html?.append([await pageOf(document)])
      for (const [form, file] of Object.entries(files)) {
        await file.finish()
        ui.note(`Wrote ${paths[form as keyof OutputPaths]}.`)
      }
    },
  }
}

async function openFiles(paths: OutputPaths, lifecycle: Lifecycle): Promise<Files> {
  const files: Partial<Record<keyof OutputPaths, OutputFile>> = {}
  const faults: string[] = []
  for (const form of ['json', 'csv', 'html'] as const) {
    const path = paths[form]
    if (path === undefined) continue
    try {
      const file = await openOutputFile(`--${form}`, path)
      lifecycle.push(`the file ${path}`, file.discard)
      files[form] = file
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      faults.push(error.message)
    }
  }
  if (faults.length > 0) throw new AppError('invalid', faults.join('\n'))
  return files
}

/** The page's charts are loaded only for who wants one. */
async function pageOf(document: StressDocument): Promise<string> {
  const { renderHtml } = await import('../../stress/report/html/page.ts')
  return renderHtml([document])
}
