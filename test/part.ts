/**
 * A part of a test run, in a process of its own: runs one test file after another as run.ts sends them, and tells of each
 * what it wrote and how many tests passed. States: waiting -> running a file -> waiting; told that there are no more, it
 * tells which answers it has seen, and ends by itself.
 */
import { run } from 'uvu/run'
import { holdCluster } from './support/database.ts'
import { seenAnswers } from './support/openapi/described.ts'

export interface TestFile {
  readonly name: string
  readonly file: string
}

export type PartWord =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly output: string; readonly passed: number; readonly isGood: boolean }
  | { readonly type: 'seen'; readonly answers: readonly string[] }

/** How long the process may take to end by itself when the tests are over. */
const endMsMax = 5000

const { release } = await holdCluster()
process.on('message', ({ file }: { file: TestFile | null }) => void (file === null ? end() : runFile(file)))
// Whoever sent the files is gone: nobody is left to read of them.
process.once('disconnect', leave)
tell({ type: 'ready' })

async function runFile(file: TestFile): Promise<void> {
  const write = process.stdout.write
  let output = ''
  process.stdout.write = ((words: string | Uint8Array) => {
    output += String(words)
    return true
  }) as typeof write
  let isGood = true
  try {
    // uvu gathers over all of its runs, and would run the files before once more.
    const { UVU_QUEUE } = globalThis as { UVU_QUEUE?: unknown[] }
    if (UVU_QUEUE !== undefined) UVU_QUEUE.length = 0
    // It puts "file:///" before the path; without its own slash the URL is the one a plain import has.
    await run([{ name: file.name, file: file.file.replace(/^\//, '') }])
    isGood = (process.exitCode ?? 0) === 0
  } catch (error) {
    // It ends the whole run when a `before` or `after` throws.
    output += `\n   FAIL  ${file.name} broke off: ${error instanceof Error ? error.stack : String(error)}\n`
    isGood = false
  } finally {
    process.stdout.write = write
    process.exitCode = 0
  }
  const passed = Number(/Passed:\s+(\d+)/.exec(plain(output))?.[1] ?? 0)
  tell({ type: 'done', output, passed, isGood })
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
  return text.replaceAll(/\u001b\[\d+m/g, '')
}

async function end(): Promise<void> {
  await release()
  tell({ type: 'seen', answers: [...seenAnswers] })
  process.off('disconnect', leave)
  process.disconnect()
  setTimeout(reportOpenHandles, endMsMax).unref()
}

function leave(): void {
  process.exit(1)
}

/** A server or a connection that a test left open keeps this process from its end. */
function reportOpenHandles(): void {
  process.stderr.write(
    `The tests are over, but something they opened is not closed: ${process.getActiveResourcesInfo().join(', ')}.\n`,
  )
  process.exitCode = 1
  process.kill(process.pid, 'SIGTERM')
}

function tell(word: PartWord): void {
  process.send?.(word)
}
