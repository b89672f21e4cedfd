/** Each option of `coupon stress` through the real binary, most of them against one real server. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { parse } from 'csv-parse/sync'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StressDocument } from '../../cli/stress/report/document.ts'
import { type CommandEnd, type RunningCommand, runCommand, startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { testSecret } from '../support/tokens.ts'

interface Context {
  folder: string
  database: TestDatabase
  environment: Record<string, string>
  serving: RunningCommand
  url: string
}

const test = suite<Context>('stress: binary')

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
  context.database = await createTestDatabase()
  context.environment = { DATABASE_URL: context.database.url, JWT_SECRET: testSecret, LOG_LEVEL: 'silent' }
  context.serving = startCommand(['serve', '--port', '0'], { environment: context.environment })
  const [, url = ''] = await context.serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
  context.url = url
})

test.after(async ({ serving, database, folder }) => {
  serving.child.kill('SIGTERM')
  await serving.end
  await database.close()
  rmSync(folder, { recursive: true })
})

const schema = JSON.parse(
  readFileSync(new URL('../../docs/stress-report.schema.json', import.meta.url), 'utf8'),
) as object
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
ajvFormats.default(ajv)
const validate = ajv.compile(schema)

/** The document, which is as its schema says. */
function documentOf(text: string): StressDocument {
  const document = JSON.parse(text) as StressDocument
  assert.ok(validate(document), ajv.errorsText(validate.errors))
  return document
}

type Where = Pick<Context, 'url' | 'environment' | 'folder'>

/** A few connections and users, so that each run takes but a moment. */
const small = ['--users', '40', '--quota', '10', '--connections', '8']

function storm({ url, environment, folder }: Where, ...args: string[]): Promise<CommandEnd> {
  return runCommand(['stress', '--url', url, ...args], { environment, folder })
}

async function report(where: Where, ...args: string[]): Promise<StressDocument> {
  const { exitCode, stdout, stderr } = await storm(where, ...args, '--json')
  assert.is(exitCode, 0, `${args.join(' ')}:\n${stderr}`)
  const document = documentOf(stdout)
  assert.ok(document.passed)
  return document
}

test('a burst: every outcome counted, every check passed, the same again by its own command', async (context) => {
  const document = await report(context, ...small, '--seed', '7')
  const [run] = document.runs
  assert.equal(document.runs.length, 1)
  assert.equal([run!.outcomes.claimed, run!.outcomes.sold_out, run!.requests.planned], [10, 30, 40])
  assert.equal([run!.auth, run!.evidence, run!.seed, run!.service_ms], ['signed', 'database', 7, null])
  const [program, command, ...args] = document.command.split(' ')
  assert.equal([program, command], ['coupon', 'stress'])
  const { exitCode, stdout, stderr } = await runCommand(['stress', ...args, '--json'], context)
  assert.is(exitCode, 0, stderr)
  assert.equal(documentOf(stdout).plan, document.plan)
})

/** What an option must be seen to do, in the document of a run with it. */
const loads: readonly (readonly [
  args: string[],
  look: (document: StressDocument) => unknown,
  seen: unknown,
])[] = [
  [['--attempts', '2'], ({ runs: [run] }) => run!.requests.planned, 80],
  [['--duplicates', '50%'], ({ runs: [run] }) => run!.requests.duplicates > 0, true],
  [['--abandon', '40%'], ({ runs: [run] }) => run!.outcomes.abandoned > 0, true],
  [
    ['--attempts', '3', '--mix', 'claim=50,release=25,eligibility=25'],
    ({ runs: [run] }) => run!.outcomes.told > 0 && run!.outcomes.released + run!.requests.skipped > 0,
    true,
  ],
  [
    ['--coupons', '3'],
    ({ plan, runs: [run] }) => [plan.coupons, run!.coupons.length, run!.stock_before],
    [3, 3, 30],
  ],
  [
    ['--rate', '80', '--duration', '500ms'],
    ({ plan, runs: [run] }) => [plan.load.kind, run!.requests.planned, run!.service_ms !== null],
    ['rate', 40, true],
  ],
  [
    ['--ramp', '0:160:500ms'],
    ({ plan, runs: [run] }) => [plan.load.kind, run!.requests.planned],
    ['ramp', 40],
  ],
  [['--threads', '2'], ({ runs: [run] }) => run!.generator.threads, 2],
  [['--cold'], ({ plan }) => plan.is_cold, true],
  [['--warmup', '200ms'], ({ plan, runs: [run] }) => [plan.warmup_s, run!.requests.planned], [0.2, 40]],
  [
    ['--repeat', '2', '--seed', '3'],
    ({ runs, summary }) => [runs.map(({ repeat, seed }) => [repeat, seed]), summary[0]!.runs],
    [
      [
        [0, 3],
        [1, 4],
      ],
      2,
    ],
  ],
  [['--coupon', 'my sale'], ({ runs: [run] }) => run!.coupons, ['MY_SALE']],
  [
    ['--expect', 'errors<1%', '--expect', 'max<60s'],
    ({ thresholds }) => thresholds.map((each) => each.passed),
    [true, true],
  ],
]

test('each option of the load does what it says', async (context) => {
  for (let from = 0; from < loads.length; from += 3) {
    const some = loads.slice(from, from + 3)
    const documents = await Promise.all(some.map(([args]) => report(context, ...small, ...args)))
    for (const [index, [args, look, seen]] of some.entries()) {
      assert.equal(look(documents[index]!), seen, args.join(' '))
    }
  }
})

test('--coupon: one that exists is stormed with the stock it has; as a prefix it must not exist', async (context) => {
  await context.database.pool.query(
    "INSERT INTO coupons (name, amount, remaining_amount) VALUES ('THERE', 7, 7)",
  )
  const { runs } = await report(context, '--users', '20', '--connections', '4', '--coupon', 'there')
  assert.equal([runs[0]!.stock_before, runs[0]!.outcomes.claimed], [7, 7])
  const other = await storm(context, ...small, '--coupon', 'there')
  assert.is(other.exitCode, 2)
  assert.match(other.stderr, '--quota: got 10')
})

test('--login: one admin claims for everybody, with the password of the environment', async (context) => {
  const { environment } = context
  const password = 'correct horse battery'
  const created = await runCommand(['user', 'create', 'alice', '--admin', '--password-stdin'], {
    environment,
    input: password,
  })
  assert.is(created.exitCode, 0, created.stderr)
  const { JWT_SECRET: _, ...others } = environment
  const signedIn = { ...context, environment: { ...others, COUPON_PASSWORD: password } }
  const { runs, command } = await report(signedIn, ...small, '--login', 'alice')
  assert.equal([runs[0]!.auth, runs[0]!.outcomes.claimed], ['login', 10])
  assert.not.match(command, password)
  const wrong = { ...context, environment: { ...others, COUPON_PASSWORD: 'no' } }
  assert.is((await storm(wrong, ...small, '--login', 'alice')).exitCode, 2)
})

test('a crossed threshold: exit code 99, which one and by how much, though the sale was right', async (context) => {
  const { exitCode, stdout } = await storm(context, ...small, '--expect', 'p99<1us', '--expect', 'errors<1%')
  assert.is(exitCode, 99)
  assert.match(stdout, /p99<1us: [\d.,]+ ms, [\d.,]+ ms \([\d.,]+/)
  assert.match(stdout, /CROSSED/)
})

test('a sale that was wrong: exit code 1, whatever the thresholds say', async (context) => {
  await context.database.pool.query(
    "INSERT INTO coupons (name, amount, remaining_amount) VALUES ('WRONG', 10, 4)",
  )
  const { exitCode, stdout } = await storm(
    context,
    '--users',
    '20',
    '--coupon',
    'WRONG',
    '--expect',
    'p99<1us',
  )
  assert.is(exitCode, 1, stdout)
  assert.match(stdout, /✘ counter_matches/)
  assert.match(stdout, 'FAILED')
})

test('files: JSON, a row a request of every run, and a page that needs no network', async (context) => {
  const { folder } = context
  const files = ['--json', 'out.json', '--csv', 'out.csv', '--html', 'out.html']
  const { exitCode, stdout, stderr } = await storm(context, ...small, '--repeat', '2', ...files)
  assert.is(exitCode, 0, stderr)
  assert.match(stdout, 'PASSED')
  for (const name of ['out.json', 'out.csv', 'out.html']) assert.match(stderr, `Wrote ${name}.`)
  const { runs } = documentOf(readFileSync(join(folder, 'out.json'), 'utf8'))
  assert.is(runs.length, 2)
  const rows = parse(readFileSync(join(folder, 'out.csv')), { columns: true }) as Record<string, string>[]
  assert.is(rows.length, 80)
  for (const run of ['1', '2']) {
    const claimed = rows.filter((row) => row.run === run && row.outcome === 'claimed')
    assert.is(claimed.length, 10)
  }
  const page = readFileSync(join(folder, 'out.html'), 'utf8')
  assert.match(page, /^<!doctype html>/i)
  assert.not.match(page, /(src|href)="(https?:)?\/\//)
  assert.equal(
    readdirSync(folder).filter((name) => name.includes('unfinished')),
    [],
  )
})

const faults: readonly (readonly [args: string[], ...words: string[]])[] = [
  [
    ['--users', '0', '--rate', '5', '--mix', 'x=1'],
    '--users: got "0"',
    '--rate: got "5" without',
    '--mix: got',
  ],
  [['--expect', 'p98<5ms'], '--expect: got "p98<5ms", but p98 is no metric'],
  [['--compare', 'batch,atomic'], '--compare: got', 'together with --url'],
  [['--strategy', 'batch'], '--strategy: got "batch" together with --url'],
  [['--csv', 'none/out.csv', '--html', '.'], '--csv: none/out.csv cannot be written', '--html: . cannot be'],
]

test('what does not fit is told before any load: exit code 2, nothing on stdout', async (context) => {
  const count = async () => (await context.database.pool.query('SELECT FROM coupons')).rowCount
  const before = await count()
  for (const [args, ...words] of faults) {
    const { exitCode, stdout, stderr } = await storm(context, ...args)
    assert.equal([exitCode, stdout], [2, ''], stderr)
    for (const word of words) assert.ok(stderr.includes(word), `"${word}" in:\n${stderr}`)
  }
  const elsewhere = { ...context, url: 'http://shop.example' }
  const far = await storm(elsewhere, ...small)
  assert.is(far.exitCode, 2)
  assert.match(far.stderr, 'say --yes if it is yours to storm')
  assert.is(await count(), before)
})

test('what cannot be reached: exit code 3', async (context) => {
  const { exitCode, stdout, stderr } = await storm({ ...context, url: 'http://127.0.0.1:1' }, ...small)
  assert.equal([exitCode, stdout], [3, ''])
  assert.match(stderr, '127.0.0.1:1')
})

test('Ctrl-C: sending stops, what was sent is measured, proved and written: exit code 130', async (context) => {
  const { url, environment, folder } = context
  const args = ['--rate', '50', '--duration', '60s', '--quota', '10', '--csv', 'cut.csv', '--json']
  const storming = startCommand(['stress', '--url', url, ...args], { environment, folder })
  await storming.waitFor(/^time /m)
  storming.child.kill('SIGINT')
  const { exitCode, stdout, stderr } = await storming.end
  assert.is(exitCode, 130, stderr)
  const { runs, passed } = documentOf(stdout)
  assert.equal([runs.length, runs[0]!.interrupted, runs[0]!.outcomes.claimed, passed], [1, true, 10, true])
  const { planned, sent, finished } = runs[0]!.requests
  assert.ok(sent > 10 && sent < planned && finished === sent, JSON.stringify(runs[0]!.requests))
  assert.match(readFileSync(join(folder, 'cut.csv'), 'utf8'), ',sold_out,')
})

test('Ctrl-C twice: it leaves at once', async ({ url, environment, folder, database }) => {
  await database.pool.query("INSERT INTO coupons (name, amount, remaining_amount) VALUES ('HELD', 9, 9)")
  const holder = await database.pool.connect()
  try {
    await holder.query("BEGIN; SELECT FROM coupons WHERE name = 'HELD' FOR UPDATE")
    const args = ['--users', '20', '--coupon', 'HELD']
    const storming = startCommand(['stress', '--url', url, ...args], { environment, folder })
    await storming.waitFor(/^requests /m)
    storming.child.kill('SIGINT')
    // Two seconds are given to what is under way.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const startMs = performance.now()
    storming.child.kill('SIGINT')
    const { signal, stdout } = await storming.end
    assert.equal([signal, stdout], ['SIGINT', ''])
    assert.ok(performance.now() - startMs < 1000)
  } finally {
    await holder.query('ROLLBACK')
    holder.release()
  }
})

test('a server of its own, with a strategy: the text in 80 columns, word for word but for the figures', async ({
  folder,
}) => {
  const args = ['--users', '40', '--quota', '10', '--strategy', 'atomic', '--connections', '8', '--seed', '5']
  const { exitCode, stdout, stderr } = await runCommand(['stress', ...args], { folder })
  assert.is(exitCode, 0, stderr)
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  assert.is(withoutFigures(stdout), shape)
})

/** Figures become #, and what is drawn of them is left out: the histogram, the timeline, the generator's state. */
function withoutFigures(text: string): string {
  return text
    .replace(/^Latency, ms[\s\S]*?^(?=Proof)/m, '')
    .replaceAll(/STRESS_[0-9A-F]{8}/g, 'STRESS_#')
    .replaceAll(/\d[\d.,]*\d|\d/g, '#')
    .replaceAll(/ +/g, ' ')
    .trimEnd()
}

const shape = `STRESS_# · burst of # users x # attempt for # units
http://#:# · strategy atomic · Postgres #
# connections · # thread · seed # · Node v# · # CPUs

outcome requests min mean p# p# p# p# p# max
claimed # # # # # # # # #
sold_out # # # # # # # # #
already_claimed # - - - - - - - -
error # - - - - - - - -
all # # # # # # # # #

# requests in # s: # requests/s, # claims/s
Latency in ms, from handing a request to its connection to the end of its
answer; each connection waits for its answer before it sends again (closed
model).

Proof, read from the database
 ✔ not_oversold # claims are stored for an amount of #.
 ✔ not_undersold # of # possible claims were made: # users without a
 claim, # units in stock.
 ✔ no_false_sold_out # answers "sold_out", and none was given while a unit
 was certainly left.
 ✔ one_claim_each No user holds two claims or was told "claimed" twice.
 ✔ every_win_stored # answers "claimed", and each has its stored claim.
 ✔ every_claim_answered # new claims, each told to its user.
 ✔ counter_matches remaining_amount is #: amount # minus # claims.

PASSED: # of # units sold, none twice, none lost.`

test('--compare: each strategy in turn, side by side', async ({ folder }) => {
  const args = ['--compare', 'batch,atomic', ...small, '--json', 'compared.json']
  const { exitCode, stdout, stderr } = await runCommand(['stress', ...args], { folder })
  assert.is(exitCode, 0, stderr)
  assert.match(stderr, /run 1 of 2: (batch|atomic), repeat 1/)
  assert.match(stdout, /^batch .*1\.00/m)
  assert.match(stdout, /^atomic /m)
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  const { runs, summary } = documentOf(readFileSync(join(folder, 'compared.json'), 'utf8'))
  assert.equal(
    summary.map(({ strategy }) => strategy),
    ['batch', 'atomic'],
  )
  assert.equal(
    runs.map(({ outcomes }) => outcomes.claimed),
    [10, 10],
  )
})

test.run()
