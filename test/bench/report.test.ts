import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../../bench/finding.ts'
import { lineOf, renderMarkdown, renderTable, replaceFigures } from '../../bench/report.ts'

const test = suite('bench: report')

const finding: Finding = {
  what: 'claims ÷ stock',
  figure: { label: 'coupon', unit: 'claims/s', values: [20_000, 18_040, 22_000] },
  base: { label: 'stock', unit: 'answers/s', values: [8000, 9000, 8010] },
  aim: { is: 'at least', ratio: 2 },
  notes: ['The generator was the limit.'],
}

const conditions = {
  date: '2026-01-02',
  machine: '2 × processor',
  versions: 'Node 20',
  commit: 'abc',
  command: 'npm run bench',
}

test('a line has medians with their spread, and the ratio repeat by repeat', () => {
  assert.equal(lineOf(finding), {
    what: 'claims ÷ stock',
    figure: 'coupon: 20,000 (18,000–22,000) claims/s',
    base: 'stock: 8,010 (8,000–9,000) answers/s',
    ratio: '2.50 (2.00–2.75)',
    aim: '≥ 2',
    verdict: 'met',
  })
})

test('an aim is missed by its median, on either side', () => {
  assert.is(lineOf({ ...finding, aim: { is: 'at least', ratio: 2.6 } }).verdict, 'missed')
  assert.is(lineOf({ ...finding, aim: { is: 'at most', ratio: 2.5 } }).verdict, 'met')
  assert.is(lineOf({ ...finding, aim: { is: 'at most', ratio: 2.4 } }).verdict, 'missed')
})

test('what has no aim is neither met nor missed', () => {
  const { aim, verdict } = lineOf({ ...finding, aim: null })
  assert.equal([aim, verdict], ['', ''])
})

test('what could not be measured meets no aim', () => {
  const line = lineOf({ ...finding, figure: { ...finding.figure, values: [Number.NaN] } })
  assert.is(line.verdict, 'missed')
  assert.is(line.ratio, '— (—–—)')
})

test('the markdown has the conditions, a row a finding, and each note once', () => {
  const text = renderMarkdown([finding, { ...finding, what: 'the same again' }], conditions, 3)
  for (const word of [...Object.values(conditions), 'Medians of 3 repeats', '| the same again | coupon: '])
    assert.ok(text.includes(word), word)
  assert.is(text.split('The generator was the limit.').length, 2)
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.endsWith(' |'))
  assert.is(rows.at(-1)?.split('|').length, 8)
})

test('the table for a terminal has the verdict and the notes', () => {
  const text = renderTable([finding])
  assert.match(text, /│ met /)
  assert.match(text, /! The generator was the limit\./)
})

test('figures are replaced, and the words around them stay', () => {
  const begin = '<!-- figures: written by npm run bench -->'
  const end = '<!-- end of figures -->'
  const page = `Before.\n${begin}\nold\n${end}\nAfter.\n`
  assert.is(replaceFigures(page, 'new'), `Before.\n${begin}\nnew\n${end}\nAfter.\n`)
  assert.throws(() => replaceFigures('Before.', 'new'), /to write between/)
})

test.run()
