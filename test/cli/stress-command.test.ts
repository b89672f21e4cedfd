/** The parts of the command around the load: what it asks, what Ctrl-C ends, what is shown and where it is written. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createInterruption } from '../../cli/commands/interruption.ts'
import { barsOf, statesOf } from '../../cli/commands/stress/display.ts'
import { readOptions } from '../../cli/commands/stress/options.ts'
import { faultOfAnswer, flagsOf, isBare } from '../../cli/commands/stress/prompts.ts'
import { exitCodeOf } from '../../cli/commands/stress/story.ts'
import { openOutputFile } from '../../cli/output-file.ts'
import type { LiveFigures } from '../../cli/stress/engine/live.ts'
import type { Records } from '../../cli/stress/records.ts'
import type { LoadShape } from '../../cli/stress/shape.ts'
import { createUi } from '../../cli/ui.ts'
import type { AppError } from '../../server/errors.ts'

const test = suite<{ folder: string }>('stress: command')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
})

test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

test('what is asked becomes flags, and only what fits the target', () => {
  const numbers = { users: '20', quota: '5' }
  assert.equal(flagsOf({ target: 'own', ...numbers, strategy: 'lock' }), { ...numbers, strategy: 'lock' })
  const url = 'http://shop.example'
  assert.equal(flagsOf({ target: 'url', url, yes: true, ...numbers }), { url, yes: true, ...numbers })
  const { command } = readOptions(flagsOf({ target: 'own', ...numbers, strategy: 'lock' }))
  assert.match(command, /^coupon stress --strategy lock --users 20 --quota 5 --seed \d+$/)
})

test('any flag at all keeps it from asking', () => {
  assert.ok(isBare({ arguments: [] } as object))
  assert.ok(isBare({ users: undefined }))
  for (const flags of [{ users: '5' }, { yes: true }, { json: true }, { config: 'none' }])
    assert.not.ok(isBare(flags))
})

test('an answer is checked as its flag is', () => {
  assert.is(faultOfAnswer({ users: '20' }), true)
  assert.match(String(faultOfAnswer({ users: 'many' })), 'wants a whole number')
  assert.match(String(faultOfAnswer({ url: 'shop', yes: true })), 'wants an address')
})

test('options: what goes where, the command to repeat it, and every fault in one error', () => {
  const options = readOptions({ users: '5', json: true, csv: 'a.csv', config: 'none', seed: '1' })
  assert.equal([options.isJson, options.files], [true, { json: undefined, csv: 'a.csv', html: undefined }])
  assert.is(options.command, 'coupon stress --users 5 --quota 100 --seed 1 --config none')
  assert.equal(readOptions({ json: 'a.json' }).files.json, 'a.json')
  assert.throws(
    () => readOptions({ users: '0', rate: '5', expect: ['fast'] }),
    (error: AppError) => {
      assert.match(error.message, /^3 flags do not fit:\n {2}--/)
      for (const flag of ['--users: got "0"', '--rate: got "5"', '--expect: got "fast"'])
        assert.match(error.message, flag)
      return error.code === 'invalid'
    },
  )
})

test('Ctrl-C ends what is prepared, but while load is sent the sending alone', async () => {
  const early = new AbortController()
  const preparing = createInterruption(early.signal)
  early.abort(new Error('stop'))
  assert.ok(preparing.preparing.aborted)
  let isBegun = false
  await preparing
    .shelter(async () => {
      isBegun = true
    })

    .then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.message, 'stop'),
    )
  assert.not.ok(isBegun)

  const late = new AbortController()
  const sending = createInterruption(late.signal)
  const proved = await sending.shelter(async () => {
    late.abort(new Error('stop'))
    return sending.asked.aborted && !sending.preparing.aborted
  })
  assert.ok(proved)
})

test('exit codes: a failed check outweighs a crossed threshold', () => {
  const thresholds = (passed: boolean) => [{ passed }] as never
  assert.is(exitCodeOf({ passed: true, thresholds: thresholds(true) }), 0)
  assert.is(exitCodeOf({ passed: true, thresholds: thresholds(false) }), 99)
  assert.is(exitCodeOf({ passed: false, thresholds: thresholds(false) }), 1)
})

test('a file is there whole or not at all', async ({ folder }) => {
  const path = join(folder, 'out.csv')
  writeFileSync(path, 'old')
  const file = await openOutputFile('--csv', path)
  await file.append(['a\n', 'b\n'])
  assert.is(readFileSync(path, 'utf8'), 'old')
  await file.append(['c\n'])
  await file.finish()
  await file.discard()
  assert.is(readFileSync(path, 'utf8'), 'a\nb\nc\n')
  const other = await openOutputFile('--csv', path)
  await other.append(['never'])
  await other.discard()
  assert.is(readFileSync(path, 'utf8'), 'a\nb\nc\n')
  assert.equal(readdirSync(folder), ['out.csv'])
})

test('a link’s file is written, and a device stays a device', async ({ folder }) => {
  const [path, link] = [join(folder, 'out.json'), join(folder, 'link.json')]
  writeFileSync(path, 'old')
  symlinkSync(path, link)
  const file = await openOutputFile('--json', link)
  await file.append(['new'])
  await file.finish()
  assert.is(readFileSync(path, 'utf8'), 'new')
  const nothing = await openOutputFile('--json', '/dev/null')
  await nothing.append(['gone'])
  await nothing.finish()
  assert.is(readFileSync('/dev/null', 'utf8'), '')
})

test('a file that cannot be written is told with its flag', async ({ folder }) => {
  mkdirSync(join(folder, 'sub'))
  for (const path of [join(folder, 'none', 'out.html'), join(folder, 'sub')]) {
    await openOutputFile('--html', path).then(
      () => assert.unreachable(),
      (error: AppError) => {
        assert.is(error.code, 'invalid')
        assert.match(error.message, `--html: ${path} cannot be written: `)
      },
    )
  }
})

const burst: LoadShape = { kind: 'burst' }
const all = {
  claimed: 0,
  sold_out: 0,
  already_claimed: 0,
  busy: 0,
  released: 0,
  told: 0,
  abandoned: 0,
  error: 0,
}
const million = 1_000_000

function figures(values: Partial<LiveFigures> = {}): LiveFigures {
  return { done: 0, outcomes: all, claimedLive: 0, requestsPerS: 0, p50: null, p99: null, ...values }
}

test('shown: requests or time, stock that is left, outcomes that came up', () => {
  const shown = { records: { total: 1000 } as Records, load: burst, stock: 100 }
  assert.equal(
    barsOf(shown).map(({ label, total }) => [label, total]),
    [
      ['requests', 1000],
      ['in stock', 100],
      ['outcomes', null],
    ],
  )
  const outcomes = { ...all, claimed: 60, sold_out: 1340 }
  const half = figures({
    done: 1400,
    outcomes,
    claimedLive: 55,
    requestsPerS: 2345.6,
    p50: 12.34,
    p99: 56.78,
  })
  assert.equal(statesOf(half, shown, 0.5), [
    { value: 1400, note: '2,346/s' },
    { value: 45, note: 'p50 12.34 ms  p99 56.78 ms' },
    { value: 0, note: 'claimed 60, sold_out 1,340' },
  ])
  const open = { ...shown, load: { kind: 'rate', perS: 500, durationS: 30 } as const }
  assert.equal(statesOf(half, open, 31.5)[0], { value: 30, amount: '30.0/30 s', note: '1,400 done  2,346/s' })
  assert.is(
    statesOf(figures({ claimedLive: 101 }), shown, 1)[1]!.value,
    0,
    'an oversold coupon has none left',
  )
})

const controlSign = String.fromCharCode(27)

/** What a run of a million of everything writes, without the terminal's control sequences. */
function linesShown(isTTY: boolean): string[] {
  const output = () => Object.assign(new PassThrough(), { isTTY, columns: 80 })
  const stderr = output()
  const ui = createUi({ stdin: { isTTY }, stdout: output(), stderr, env: { TERM: 'xterm' } })
  const shown = { records: { total: 10 * million } as Records, load: burst, stock: million }
  const outcomes = Object.fromEntries(Object.keys(all).map((name) => [name, million])) as typeof all
  const most = { done: 9 * million, outcomes, requestsPerS: 123_456, p50: 10_000, p99: 30_000 }
  const progress = ui.progress(barsOf(shown))
  progress.update(statesOf(figures(most), shown, 99))
  progress.stop()
  return String(stderr.read())
    .split(controlSign)
    .flatMap((text) => text.replace(/^\[[?\d;]*[A-Za-z]/, '').split(/[\r\n]+/))
}

test('80 columns hold it, as bars and as plain lines', () => {
  for (const isTTY of [true, false]) {
    const lines = linesShown(isTTY)
    assert.match(lines.join('\n'), 'claimed 1,000,000')
    for (const line of lines) assert.ok(line.length <= 80, line)
  }
  assert.match(linesShown(false).join(' '), 'error 1,000,000')
})

test.run()
