import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { outcomeNames } from '../../cli/stress/outcomes.ts'
import { buildRun } from '../../cli/stress/report/run.ts'
import { burstLines, sampleDocument, sampleResult, sampleRun, sampleShape } from '../support/stress-runs.ts'
import { samples } from '../support/stress-samples.ts'

const test = suite('stress: document')
const schema = JSON.parse(
  readFileSync(new URL('../../docs/stress-report.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
ajvFormats.default(ajv)
const validate = ajv.compile(schema)

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** As a reader gets it. */
function written(document: unknown): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(document))
}

function assertValid(document: unknown): void {
  assert.ok(validate(written(document)), ajv.errorsText(validate.errors))
}

const openShape = { ...sampleShape, load: { kind: 'rate', perS: 100, durationS: 2 } } as const
const rampShape = { ...sampleShape, load: { kind: 'ramp', fromPerS: 0, toPerS: 100, durationS: 2 } } as const

test('documents of every kind fit the schema', () => {
  for (const sample of Object.values(samples)) assertValid(sample())
  assertValid(sampleDocument({ runs: [] }))
  assertValid(
    sampleDocument({
      runs: [sampleRun({ lines: [{ end: 'planned' }], strategy: null, isInterrupted: true })],
    }),
  )
  assertValid(sampleDocument({ runs: [sampleRun({ shape: rampShape })], plan: { shape: rampShape } }))
  assertValid(
    sampleDocument({
      runs: [sampleRun({ strategy: null, evidence: 'api', auth: 'login' })],
      plan: { strategies: [null], url: 'http://127.0.0.1:9000' },
    }),
  )
  const lines = outcomeNames.map((end) => ({ end, endedMs: 3 }))
  assertValid(sampleDocument({ runs: [buildRun(sampleResult({ lines, shape: openShape }))] }))
})

/** Every object of a value, with where it is. Columns of the timeline may be left out by outcome. */
function* objectsOf(value: Json, path = ''): Generator<{ path: string; object: { [key: string]: Json } }> {
  if (value === null || typeof value !== 'object') return
  if (!Array.isArray(value) && !path.endsWith('/timeline/outcomes')) yield { path, object: value }
  const children = Array.isArray(value) ? value.slice(0, 2).entries() : Object.entries(value)
  for (const [key, child] of children) yield* objectsOf(child, `${path}/${key}`)
}

test('a document with any field missing, or one more, is refused', () => {
  const document = written(samples.rate())
  document.thresholds = written(samples.crossed()).thresholds ?? []
  let fields = 0
  for (const { path, object } of objectsOf(document)) {
    for (const [key, value] of Object.entries(object)) {
      delete object[key]
      assert.not(validate(document), `without ${path}/${key}`)
      object[key] = value
      fields++
    }
    object.surplus = 1
    assert.not(validate(document), `with ${path}/surplus`)
    delete object.surplus
  }
  assert.ok(fields > 150, `${fields} fields`)
  assert.ok(validate(document))
})

test('another format or version is refused', () => {
  const document = written(samples.burst())
  assert.not(validate({ ...document, format: 'coupon-report' }))
  assert.not(validate({ ...document, version: 2 }))
})

test('the schema and a document have the same keys in the same order, and each is described', () => {
  const missing: string[] = []
  const unordered: string[] = []
  const visit = (part: { [key: string]: Json }, value: Json, path: string): void => {
    const own = resolved(part, value)
    if (Array.isArray(value)) {
      const items = own.items
      const first = value[0]
      if (isObject(items) && first !== undefined) visit(items, first, `${path}/0`)
    }
    if (!isObject(value) || !isObject(own.properties ?? null)) return
    const properties = own.properties as { [key: string]: { [key: string]: Json } }
    const keys = Object.keys(properties)
    const isPartial = path.endsWith('/timeline/outcomes')
    const expected = isPartial ? keys.filter((key) => key in value) : keys
    if (expected.join() !== Object.keys(value).join()) unordered.push(path)
    for (const [key, child] of Object.entries(value)) {
      const property = properties[key]
      if (property === undefined || typeof property.description !== 'string') missing.push(`${path}/${key}`)
      else visit(property, child, `${path}/${key}`)
    }
  }
  const document = written(samples.rate())
  document.thresholds = written(samples.crossed()).thresholds ?? []
  visit(schema, document, '')
  assert.equal({ missing, unordered }, { missing: [], unordered: [] })
})

/** The schema behind references and choices that is about such a value. */
function resolved(part: { [key: string]: Json }, value: Json): { [key: string]: Json } {
  if (typeof part.$ref === 'string') return resolved(schema.$defs[part.$ref.replace('#/$defs/', '')], value)
  const choices = (part.anyOf ?? part.oneOf ?? []) as { [key: string]: Json }[]
  const fitting = choices.find((choice) => fits(choice, value))
  return fitting === undefined ? part : resolved(fitting, value)
}

function fits(choice: { [key: string]: Json }, value: Json): boolean {
  if (choice.type === 'null' || value === null) return choice.type === 'null' && value === null
  const kind = isObject(value) ? value.kind : undefined
  const properties = resolved(choice, value).properties as { kind?: { const?: Json } } | undefined
  return kind === undefined || properties?.kind?.const === kind
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

test('a run says what it was and what came of it', () => {
  const run = buildRun(sampleResult())
  assert.equal(
    [run.repeat, run.strategy, run.auth, run.evidence, run.seed, run.coupons],
    [0, 'batch', 'signed', 'database', 7, ['SALE']],
  )
  assert.equal([run.stock_before, run.stock_after, run.interrupted], [100, 0, false])
  assert.equal([run.outcomes.claimed, run.outcomes.sold_out], [100, 900])
  assert.equal([run.undersold, run.oversold, run.service_ms], [0, 0, null])
  assert.equal([run.duration_s, run.throughput.claims_per_s], [0.218, 458.7])
  assert.is(
    run.passed,
    run.checks.every(({ passed }) => passed),
  )
})

test('an open model is measured over its whole time, unless it was cut', () => {
  const lines = Array.from({ length: 200 }, (_, line) => ({
    intendedMs: line * 10,
    endedMs: line * 10 + 1,
    end: 'claimed' as const,
  }))
  const { duration_s, throughput, service_ms } = buildRun(sampleResult({ shape: openShape, lines }))
  assert.is(duration_s, 2)
  assert.equal([throughput.configured_per_s, throughput.requests_per_s], [100, 100])
  assert.is(service_ms?.all?.max, 1)
  assert.is(buildRun(sampleResult({ shape: openShape, lines, isInterrupted: true })).duration_s, 1.991)
})

test('stock is that of all coupons, and three names stand for many', () => {
  const names = ['A', 'B', 'C', 'D']
  const ledgers = names.map((name) => ({ name, amount: 5, remaining_amount: 5, claimants: [] }))
  const run = buildRun(
    sampleResult({
      couponNames: names,
      before: ledgers,
      after: ledgers,
      lines: [],
      shape: { ...sampleShape, coupons: 4 },
    }),
  )
  assert.equal(run.coupons, ['A', 'B', 'C'])
  assert.equal([run.stock_before, run.duration_s, run.throughput.requests_per_s], [20, 0, 0])
})

test('errors carry how many outcomes they left open', () => {
  const errors = [{ error: 'ECONNRESET', count: 3, uncertain: 2, example: 'read ECONNRESET' }]
  assert.equal(buildRun(sampleResult({ errors })).errors, [
    { error: 'ECONNRESET', count: 3, outcome_unknown: 2, example: 'read ECONNRESET' },
  ])
})

test('the summary: medians with spread, ratios against the first, the worst of the proof', () => {
  const { summary } = samples.comparison()
  assert.equal(
    summary.map(({ strategy, runs }) => [strategy, runs]),
    [
      ['batch', 2],
      ['atomic', 2],
      ['lock', 2],
    ],
  )
  const [batch, , lock] = summary
  assert.equal(batch?.ratio, { requests_per_s: 1, claims_per_s: 1, p99: 1 })
  const { median, min, max } = batch!.requests_per_s
  assert.is(median, (min + max) / 2)
  assert.ok(Math.abs(lock!.ratio.requests_per_s! - lock!.requests_per_s.median / median) < 0.001)
  assert.equal([lock?.undersold, lock?.oversold, lock?.failed_checks], [42, 0, ['not_undersold']])
})

test('the median is of whole runs while there are any', () => {
  const cut = sampleRun({ repeat: 2, lines: burstLines({ pace: 9 }), isInterrupted: true })
  const runs = [sampleRun(), sampleRun({ repeat: 1 }), cut]
  const [one] = sampleDocument({ runs, plan: { repeat: 3 } }).summary
  assert.equal([one?.runs, one?.requests_per_s.min], [2, runs[0]?.throughput.requests_per_s])
  const [only] = sampleDocument({ runs: [cut], plan: { repeat: 3 } }).summary
  assert.equal([only?.runs, only?.requests_per_s.median], [1, cut.throughput.requests_per_s])
})

test('a server that names its own strategy has one summary, and nothing answered leaves nulls', () => {
  const [named] = sampleDocument({ runs: [sampleRun()], plan: { strategies: [null] } }).summary
  assert.is(named?.strategy, 'batch')
  const [silent] = sampleDocument({ runs: [sampleRun({ lines: [{ end: 'planned' }] })] }).summary
  assert.equal([silent?.p50_ms, silent?.p99_ms, silent?.ratio.claims_per_s], [null, null, null])
})

test('the document has passed when every run has, and never without one', () => {
  assert.is(samples.burst().passed, true)
  assert.is(samples.crossed().passed, true)
  assert.is(samples.failed().passed, false)
  assert.is(sampleDocument({ runs: [] }).passed, false)
})

test.run()
