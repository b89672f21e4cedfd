import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readDocument } from '../../cli/stress/report/read-document.ts'
import { runCommand } from '../support/command.ts'
import { parsePage } from '../support/html-page.ts'
import { documentOf, documentRun } from '../support/report-documents.ts'

const test = suite('report')
const folder = mkdtempSync(join(tmpdir(), 'coupon-report-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const document = documentOf([documentRun({ users: 200, quota: 20 })])
const slower = documentOf([documentRun({ users: 200, quota: 20, perS: 700, undersold: 3 })])
writeFileSync(join(folder, 'run.json'), JSON.stringify(document))
writeFileSync(join(folder, 'slower.json'), JSON.stringify(slower))

const report = (args: readonly string[], input?: string) => runCommand(['report', ...args], { folder, input })
const written = (name: string) => parsePage(readFileSync(join(folder, name), 'utf8')).text

test('one report becomes a page beside it, and stdout says where', async () => {
  const { exitCode, stdout, stderr } = await report(['run.json'])
  assert.is(exitCode, 0, stderr)
  assert.is(stdout, 'run.html\n')
  assert.match(stderr, /^Wrote \d+ kB for a browser:\n$/)
  assert.match(written('run.html'), /PASSED 20 of 20 units sold: none twice, none lost\./)
})

test('several are compared in one page, which is good although a sale was not', async () => {
  const { exitCode, stdout, stderr } = await report(['run.json', 'slower.json'])
  assert.is(exitCode, 0, stderr)
  assert.is(stdout, 'report.html\n')
  assert.match(
    written('report.html'),
    /2 reports compared run\.json · slower\.json .* FAILED 17 of 20 units sold/,
  )
})

test('--html names the page, which takes the place of what was there, and nothing is left beside it', async () => {
  writeFileSync(join(folder, 'own.html'), 'old')
  const { exitCode, stdout } = await report(['slower.json', '--html', 'own.html'])
  assert.is(exitCode, 0)
  assert.is(stdout, 'own.html\n')
  assert.match(written('own.html'), /FAILED/)
  assert.equal(
    readdirSync(folder).filter((name) => name.includes('unfinished')),
    [],
  )
})

test('a dash is stdin', async () => {
  const piped = await report(['-', 'run.json', '--html', 'piped.html'], JSON.stringify(slower))
  assert.is(piped.exitCode, 0, piped.stderr)
  assert.match(written('piped.html'), /2 reports compared stdin · run\.json/)
  const alone = await report(['-'], `\uFEFF${JSON.stringify(document)}`)
  assert.is(alone.stdout, 'report.html\n')
})

const refusals: readonly [what: string, args: string[], message: RegExp, input?: string][] = [
  ['no file', [], /missing required argument/],
  ['a file that is not there', ['nowhere.json'], /nowhere\.json: there is no such file; wants a report that/],
  ['a folder', ['.'], /\.: it cannot be read: .*EISDIR/],
  ['nothing', ['-'], /stdin: it is empty, wants a report that "coupon stress --json FILE" wrote\./, ' '],
  ['what is not JSON', ['-'], /stdin: it is not JSON, wants a report/, 'requests 12'],
  ['JSON of something else', ['-'], /stdin: it is JSON, but no report; wants/, '[1]'],
  ['another format', ['-'], /its format is "k6", wants a report/, '{"format":"k6"}'],
  [
    'a newer version',
    ['-'],
    /it is a report of version 2, and this program reads version 1; a newer coupon reads it\./,
    JSON.stringify({ ...document, version: 2 }),
  ],
  ['stdin twice', ['-', '-'], /stdin, which can be read once only/],
  ['a page in the place of a report', ['run.json', '--html', './run.json'], /is one of the reports/],
  ['a page without a name', ['run.json', '--html', ''], /--html: got "", wants the name of a file/],
  [
    'a page in no folder',
    ['run.json', '--html', 'no/page.html'],
    /--html: no\/page\.html cannot be written: ENOENT/,
  ],
]

for (const [what, args, message, input] of refusals) {
  test(`${what} is refused with one clear line`, async () => {
    const { exitCode, stdout, stderr } = await report(args, input)
    assert.is(exitCode, 2)
    assert.is(stdout, '')
    assert.match(stderr, message)
    assert.is(stderr.trim().split('\n').length, 1)
  })
}

test('a damaged report is told by the place of its damage', () => {
  const damaged = (change: object) => {
    const reading = readDocument(JSON.stringify({ ...document, ...change }))
    return 'fault' in reading ? reading.fault : 'no fault'
  }
  const [run] = document.runs
  assert.match(
    damaged({ runs: [{ ...run, seed: '7' }] }),
    /it is damaged: "runs\[0\]\.seed" must be a number\. Write it again/,
  )
  assert.match(damaged({ runs: [{ ...run, outcomes: {} }] }), /"runs\[0\]\.outcomes\.claimed" is required/)
  assert.match(
    damaged({ plan: { ...document.plan, load: { kind: 'rate', durationS: 1 } } }),
    /"plan\.load\.perS"/,
  )
  assert.match(damaged({ plan: { ...document.plan, load: { kind: 'steps' } } }), /"plan\.load\.kind" must be/)
  assert.match(damaged({ version: 0 }), /its version is 0, wants 1\./)
  assert.match(damaged({ version: undefined }), /its version is missing, wants 1\./)
  assert.is(damaged({ remark: 'of a later coupon' }), 'no fault')
  assert.is(damaged({ runs: [], summary: [], passed: false }), 'no fault')
})

test.run()
