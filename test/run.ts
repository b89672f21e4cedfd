/**
 * `npm test [-- pattern]`: every test/**\/*.test.ts whose path matches, in two to six processes that take the next file when
 * they are done with one, over one Postgres: the one TEST_DATABASE_URL names, or a temporary one.
 *
 * Temp folders of the tests and of what they start lie in one folder of this run. What still runs with that
 * folder in its command line at the end was left behind: it is killed, and told as a failure.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parse } from 'uvu/parse'
import { openTemporaryPostgres } from '../server/db/embedded/index.ts'
import type { PartWord, TestFile } from './part.ts'
import { removeProgram, shareProgram } from './support/command.ts'
import { seenAnswers } from './support/openapi/described.ts'
import { processesNaming } from './support/processes.ts'
import { makeRunFolder } from './support/run-folder.ts'
import { skipSync } from './support/skip-sync.ts'

const testFolder = fileURLToPath(new URL('.', import.meta.url))
const partFile = fileURLToPath(new URL('part.ts', import.meta.url))
const runFolder = await makeRunFolder()
process.env.TMPDIR = runFolder

/** uvu knows no time limit; a test that waits for ever would keep a build waiting too. */
const runMsMax = 15 * 60_000
/** As many as there are processors, up to four: with more the tests of time limits would have too little of one. */
const partsMax = Math.max(2, Math.min(4, availableParallelism()))
/** Join them when those tests are over: many others wait for processes and databases more than they compute. */
const laterParts = partsMax / 2
/** Tests of time limits come first. */
const timed = /conformance|fencing|races|http\/(overload|connections|silent)|dashboard\/access/
/** The longest of the others come next, so that no process is left with them alone at the end. */
const longest =
  /stress-binary|accounts|migrator|cli\/(coupons|commands|chaos|doctor)|embedded\.test|chaos\/world|dashboard\/page/

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stop(signal, signal))
setTimeout(() => stop(`a run of more than ${runMsMax / 60_000} minutes`, 'SIGTERM'), runMsMax).unref()

/** What each failed file wrote of its failures: told once more at the end, where it is looked for. */
const failures: string[] = []

await runTests(process.argv[2])

async function runTests(pattern: string | undefined): Promise<void> {
  const { suites } = await parse(testFolder, /\.test\.ts$/)
  const chosen = suites.filter(({ name }) => pattern === undefined || new RegExp(pattern, 'i').test(name))
  try {
    if (chosen.length === 0) throw new Error(`No test file matches "${pattern ?? ''}".`)
    // A few files may need none; of all, many do.
    if (pattern === undefined) shareProgram()
    const passed = await withDatabase(() => runSuites(chosen))
    if (passed === 0) fail('No test ran.')
    if (pattern === undefined) await compareAnswers()
  } catch (error) {
    // uvu ends the whole run when a `before` or `after` throws.
    fail(`The run broke off: ${error instanceof Error ? error.stack : String(error)}`)
  }
  const left = await clearAway()
  if (left.length > 0) fail(`Left running by the tests:\n${left.join('\n')}`)
}

/** Only a whole run has seen all that the tests can see. */
async function compareAnswers(): Promise<void> {
  const { answerDifferences } = await import('./support/openapi/seen.ts')
  const differences = answerDifferences()
  if (differences.length > 0) {
    fail(`The OpenAPI document and the answers seen differ:\n${differences.join('\n')}`)
  }
}

/** Hands the address to the processes, each of which makes a template of its own in it. */
async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  const isGiven = (process.env.TEST_DATABASE_URL ?? '') !== ''
  const own = isGiven ? undefined : await openTemporaryPostgres()
  if (own !== undefined) {
    await skipSync(own.url)
    process.env.TEST_DATABASE_URL = own.url
  }
  try {
    return await work()
  } finally {
    await own?.close()
  }
}

/** Resolves to the number of tests that passed. */
async function runSuites(suites: readonly TestFile[]): Promise<number> {
  const rank = ({ name }: TestFile) => (timed.test(name) ? 0 : longest.test(name) ? 1 : 2)
  const queue = [...suites].sort((one, other) => rank(one) - rank(other))
  const left = new Set(queue.filter((each) => timed.test(each.name)))
  const startMs = performance.now()
  const parts: Promise<number>[] = []
  const addParts = (count: number) => {
    while (parts.length < count && queue.length > 0) parts.push(runPart(queue, onDone))
  }
  const onDone = (suite: TestFile) => {
    left.delete(suite)
    if (left.size === 0) addParts(partsMax + laterParts)
  }
  addParts(partsMax)
  let passed = 0
  // Parts join while others are waited for.
  for (let index = 0; index < parts.length; index += 1) passed += (await parts[index]) ?? 0
  const seconds = Math.round((performance.now() - startMs) / 1000)
  process.stdout.write(`\n  In all:    ${passed} passed in ${suites.length} files, ${seconds} s\n\n`)
  if (failures.length > 0) process.stdout.write(`Failed:\n\n${failures.join('\n')}\n`)
  return passed
}

/** One process, from its first file until it has ended. */
async function runPart(queue: TestFile[], onDone: (suite: TestFile) => void): Promise<number> {
  const child = fork(partFile, { execArgv: ['--import', 'tsx'], serialization: 'advanced' })
  let passed = 0
  let current: TestFile | undefined
  child.on('message', (word: PartWord) => {
    if (word.type === 'seen') for (const answer of word.answers) seenAnswers.add(answer)
    else {
      if (word.type === 'done') passed += report(word)
      if (current !== undefined) onDone(current)
      current = queue.shift()
      child.send({ file: current ?? null })
    }
  })
  const [exitCode, signal] = await once(child, 'exit')
  if (exitCode !== 0) fail(`A process of the tests ended with ${signal ?? exitCode}.`)
  return passed
}

function report({ output, passed, isGood }: PartWord & { type: 'done' }): number {
  process.stdout.write(output)
  if (isGood) return passed
  process.exitCode = 1
  failures.push(failuresIn(output))
  return passed
}

/** Without the counts that follow, which whoever adds them up would count twice. */
function failuresIn(output: string): string {
  const lines = output.split('\n')
  const first = lines.findIndex((line) => /\bFAIL\b/.test(line))
  const counts = lines.findIndex((line) => line.startsWith('  Total:'))
  return lines.slice(Math.max(0, first), counts < 0 ? undefined : counts).join('\n')
}

/** Ends and removes whatever is left of this run; returns the command lines of what had to be ended. */
async function clearAway(): Promise<string[]> {
  const left = processesNaming(runFolder)
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
  }
  removeProgram()
  await rm(runFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  return left.map(({ command }) => command)
}

/** uvu cannot be told to stop: the process ends by the signal, as it would have without us. */
function stop(why: string, signal: NodeJS.Signals): void {
  process.stderr.write(`\nStopped by ${why}; clearing away.\n`)
  void clearAway().finally(() => {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(why: string): void {
  process.stderr.write(`\n${why}\n`)
  process.exitCode = 1
}
