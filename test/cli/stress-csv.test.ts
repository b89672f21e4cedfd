import { parse } from 'csv-parse/sync'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRecords } from '../../cli/stress/records.ts'
import { csvColumns, csvOf } from '../../cli/stress/report/csv.ts'
import { recordsOf, type SampleLine } from '../support/stress-runs.ts'

const test = suite('stress: CSV')
const run = { repeat: 1, strategy: 'batch', couponNames: ['SALE_1', 'SALE_2'] }

function written(lines: readonly SampleLine[], of: Parameters<typeof csvOf>[0] = run): string {
  return [...csvOf(of, recordsOf(lines))].join('')
}

test('a header and a line a request, word for word', () => {
  const text = written([
    { user: 7, coupon: 1, intendedMs: 1.5, sentMs: 12.25, endedMs: 20, status: 200, end: 'claimed' },
    {
      user: 7,
      intendedMs: 1.5,
      sentMs: 2,
      endedMs: 3,
      end: 'error',
      isUncertain: true,
      isDuplicate: true,
    },
    { user: 8, sentMs: 4, endedMs: 4.001, end: 'abandoned', isUncertain: true, isAbandoned: true },
    { user: 9, kind: 'eligibility', sentMs: 4, end: 'sent' },
    { user: 10, intendedMs: 6, end: 'dropped' },
    { user: 11, kind: 'release', intendedMs: 7, end: 'skipped' },
    { user: 12, end: 'planned' },
  ])
  assert.is(
    text,
    `run,strategy,line,kind,username,coupon,is_duplicate,is_abandoned,intended_ms,sent_ms,ended_ms,latency_ms,service_ms,status,outcome,outcome_unknown
2,batch,0,claim,user_7,SALE_2,0,0,1.500,12.250,20.000,18.500,7.750,200,claimed,0
2,batch,1,claim,user_7,SALE_1,1,0,1.500,2.000,3.000,1.500,1.000,,error,1
2,batch,2,claim,user_8,SALE_1,0,1,0.000,4.000,4.001,4.001,0.001,,abandoned,1
2,batch,3,eligibility,user_9,SALE_1,0,0,0.000,4.000,,,,,sent,0
2,batch,4,claim,user_10,SALE_1,0,0,6.000,,,,,,dropped,0
2,batch,5,release,user_11,SALE_1,0,0,7.000,,,,,,skipped,0
2,batch,6,claim,user_12,SALE_1,0,0,,,,,,,planned,0
`,
  )
})

test('a reader gets every column of every line, also with names that CSV must quote', () => {
  const text = written([{ end: 'planned' }], { repeat: 0, strategy: 'a,"b"', couponNames: ['C,D'] })
  const [row, ...rest] = parse(text, { columns: true }) as Record<string, string>[]
  assert.equal(rest, [])
  assert.equal(Object.keys(row ?? {}), [...csvColumns])
  assert.equal([row?.run, row?.strategy, row?.coupon], ['1', 'a,"b"', 'C,D'])
})

test('a server that does not say its strategy leaves the cell empty', () => {
  assert.match(written([{ end: 'planned' }], { ...run, strategy: null }), /\n2,,0,claim,/)
})

test('chunks are whole lines, and no more than a thousand of them at once', () => {
  const chunks = [...csvOf(run, createRecords(2500))]
  assert.equal(
    chunks.map((chunk) => chunk.split('\n').length - 1),
    [1, 1000, 1000, 500],
  )
  assert.ok(chunks.every((chunk) => chunk.endsWith('\n')))
})

test('a further run follows without a header', () => {
  const [first] = csvOf({ ...run, repeat: 2 }, recordsOf([{ end: 'planned' }]), false)
  assert.match(first ?? '', /^3,batch,0,claim,/)
})

test('no request leaves the header alone', () => {
  assert.equal([...csvOf(run, createRecords(0))], [`${csvColumns.join(',')}\n`])
})

test.run()
