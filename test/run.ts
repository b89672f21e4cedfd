/**
 * `npm test [-- pattern]`: every test/**\/*.test.ts whose path matches, in this process, over one Postgres: the
 * one TEST_DATABASE_URL names, or a temporary one.
 *
 * Temp folders of the tests and of what they start lie in one folder of this run. What still runs with that
 * folder in its command line at the end was left behind: it is killed, and told as a failure.
 */
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { parse } from 'uvu/parse'
import { run } from 'uvu/run'
import { openTemporaryPostgres } from '../server/db/embedded/index.ts'
import { programFolder } from './support/command.ts'
import { processesNaming } from './support/processes.ts'

const testFolder = fileURLToPath(new URL('.', import.meta.url))
const systemTempFolder = await realpath(tmpdir())
const runFolder = await mkdtemp(join(systemTempFolder, 'coupon-run-'))
// Root runs Postgres as somebody else, who must be able to pass through.
await chmod(runFolder, 0o711)
process.env.TMPDIR = runFolder

/** uvu knows no time limit; a test that waits for ever would keep a build waiting too. */
const runMsMax = 15 * 60_000
/** How long the process may take to end by itself when the tests are over. */
const endMsMax = 5000

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stop(signal, signal))
setTimeout(() => stop(`a run of more than ${runMsMax / 60_000} minutes`, 'SIGTERM'), runMsMax).unref()

await runTests(process.argv[2])

async function runTests(pattern: string | undefined): Promise<void> {
  const { suites } = await parse(testFolder, /\.test\.ts$/)
  const chosen = suites.filter(({ name }) => pattern === undefined || new RegExp(pattern, 'i').test(name))
  try {
    if (chosen.length === 0) throw new Error(`No test file matches "${pattern ?? ''}".`)
    const passed = await withDatabase(() => runSuites(chosen))
    if (passed === 0) fail('No test ran.')
    if (pattern === undefined) await compareAnswers()
  } catch (error) {
    // uvu ends the whole run when a `before` or `after` throws.
    fail(`The run broke off: ${error instanceof Error ? error.stack : String(error)}`)
  }
  const left = await clearAway()
  if (left.length > 0) fail(`Left running by the tests:\n${left.join('\n')}`)
  setTimeout(reportOpenHandles, endMsMax).unref()
}

/** Only a whole run has seen all that the tests can see. */
async function compareAnswers(): Promise<void> {
  const { answerDifferences } = await import('./support/openapi/seen.ts')
  const differences = answerDifferences()
  if (differences.length > 0) {
    fail(`The OpenAPI document and the answers seen differ:\n${differences.join('\n')}`)
  }
}

/** A process, a server or a connection that a test left open would keep this process from its end. */
function reportOpenHandles(): void {
  fail(
    `The tests are over, but something they opened is not closed: ${process.getActiveResourcesInfo().join(', ')}.`,
  )
  process.kill(process.pid, 'SIGTERM')
}

/** Hands the address to the test files; the template they share is made by the first that needs it. */
async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  const isGiven = (process.env.TEST_DATABASE_URL ?? '') !== ''
  const own = isGiven ? undefined : await openTemporaryPostgres()
  if (own !== undefined) {
    await skipSync(own.url)
    process.env.TEST_DATABASE_URL = own.url
  }
  // The module reads TEST_DATABASE_URL when it opens the cluster.
  const { holdCluster } = await import('./support/database.ts')
  const { release } = await holdCluster()
  try {
    return await work()
  } finally {
    await release().catch((error: unknown) => fail(`The template was not dropped: ${String(error)}`))
    await own?.close()
  }
}

/**
 * What a power failure would lose is lost anyway with this run, and a slow disk spends minutes on it. What the tests
 * kill are sessions and their own servers; whatever was committed outlives those without it.
 */
async function skipSync(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('ALTER SYSTEM SET fsync = off')
  await client.query('SELECT pg_reload_conf()')
  await client.end()
}

/** Resolves to the number of tests that passed, which uvu tells on stdout only. */
async function runSuites(
  suites: readonly { readonly name: string; readonly file: string }[],
): Promise<number> {
  const write = process.stdout.write
  let text = ''
  process.stdout.write = function (this: NodeJS.WriteStream, ...words: Parameters<typeof write>) {
    text = (text + String(words[0])).slice(-2000)
    return Reflect.apply(write, process.stdout, words)
  } as typeof write
  try {
    // uvu puts "file:///" before the path; without its own slash the URL is the one a plain import has.
    await run(suites.map(({ name, file }) => ({ name, file: file.replace(/^\//, '') })))
  } finally {
    process.stdout.write = write
  }
  return Number(/Passed:\s+(\d+)/.exec(text)?.[1] ?? 0)
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
  await rm(programFolder(), { recursive: true, force: true })
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
