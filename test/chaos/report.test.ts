import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { Chalk } from 'chalk'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkHistory } from '../../cli/chaos/checks/checks.ts'
import { createFaults } from '../../cli/chaos/faults/index.ts'
import type { Stall } from '../../cli/chaos/history.ts'
import type { ReadinessVerdict } from '../../cli/chaos/readiness/judge.ts'
import { buildChaosDocument } from '../../cli/chaos/report/build-document.ts'
import type { ChaosDocument } from '../../cli/chaos/report/document.ts'
import { renderChaos } from '../../cli/chaos/report/text.ts'
import { displayWidth } from '../../cli/stress/report/wrap.ts'
import {
  claimOf,
  type EvidenceParts,
  evidenceOf,
  operationOf,
  told,
  windowOf,
} from '../support/chaos-evidence.ts'

const test = suite('chaos: report')
const schema = JSON.parse(
  readFileSync(new URL('../../docs/chaos-report.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
ajvFormats.default(ajv)
const validate = ajv.compile(schema)
const plain = new Chalk({ level: 0 })

interface Seen {
  readonly misdeeds?: readonly string[]
  readonly readiness?: ReadinessVerdict
  readonly excesses?: readonly string[]
  readonly stalls?: readonly Stall[]
  readonly isInterrupted?: boolean
  readonly neverDecided?: readonly string[]
}

const trueReadiness: ReadinessVerdict = { violations: [], unjudged: 0 }

function documentOf(
  parts: EvidenceParts,
  { misdeeds = [], readiness = trueReadiness, excesses = [], stalls = [], ...seen }: Seen = {},
): ChaosDocument {
  const evidence = evidenceOf(parts)
  const all = createFaults({ couponNames: () => ['ONE'] })
  return buildChaosDocument({
    createdAt: new Date(0),
    command: 'coupon chaos --minutes 1 --seed 1',
    toolVersion: '0.1.0',
    environment: {
      ...{ node: 'v20.20.2', os: 'Linux 6 x64', cpu: null, cpus: 2, memory_gb: 8 },
      ...{ postgres: '18.4', redis: null },
    },
    plan: {
      ...{ minutes: 1, seed: 1, rate_per_s: 200, database: 'embedded', context_timeout_ms: 2000 },
      servers: [
        { name: 'server 1', strategy: 'batch', workers: 1 },
        { name: 'server 2', strategy: 'batch', workers: 2 },
      ],
    },
    isInterrupted: seen.isInterrupted ?? false,
    neverDecided: seen.neverDecided ?? [],
    durationMs: 61_234.5,
    history: { ...evidence.history, stalls },
    coupons: evidence.facts.coupons.length,
    faults: ['server_kill', 'postgres_crash'].flatMap((name) => all.get(name as 'server_kill') ?? []),
    leftOut: [{ fault: 'redis_kill', why: 'no server uses a Redis' }],
    windows: evidence.windows,
    results: checkHistory(evidence),
    readiness,
    excesses,
    misdeeds,
  })
}

/** One win that is stored, with a kill around it. */
const good: EvidenceParts = {
  coupons: [{ name: 'ONE', amount: 2, remaining: 1 }],
  claims: [claimOf('1')],
  operations: [operationOf({}, told(20, 'claimed', { claimId: '1' }))],
  windows: [windowOf('server_kill', [100, 900])],
}

/** A win that is not stored, answered during the kill. */
const bad: EvidenceParts = {
  ...good,
  operations: [operationOf({}, told(200, 'claimed', { claimId: '9' }))],
}

test('documents fit the schema', () => {
  for (const document of [documentOf(good), documentOf(bad, { misdeeds: ['server 1 ended.'] })])
    assert.ok(validate(JSON.parse(JSON.stringify(document))), ajv.errorsText(validate.errors))
})

test('what holds passes; one violation of any kind fails it', () => {
  assert.ok(documentOf(good).passed)
  assert.not(documentOf(bad).passed)
  assert.not(documentOf(good, { misdeeds: ['server 1 ended.'] }).passed)
  assert.not(documentOf(good, { excesses: ['server 1 had 2 of claims_waiting.'] }).passed)
  const never = { ...good, windows: (good.windows ?? []).map((each) => ({ ...each, recoveredMs: null })) }
  assert.not(documentOf(never).passed)
})

test('a run without a fault, or with a server that decided nothing before, has not shown that service resumes', () => {
  const resumes = (...of: Parameters<typeof documentOf>) => {
    const { passed, checks } = documentOf(...of)
    return { passed, examples: checks.find(({ name }) => name === 'service_resumes')?.examples }
  }
  const none = { ...good, windows: [] }
  assert.equal(resumes(good), { passed: true, examples: [] })
  assert.equal(resumes(none), { passed: false, examples: ['No fault was injected.'] })
  assert.equal(resumes(none, { isInterrupted: true }), { passed: true, examples: [] })
  assert.equal(resumes(good, { neverDecided: ['server 2'] }), {
    passed: false,
    examples: ['server 2 had decided no claim when the first fault was due.'],
  })
})

test('a violation counts for the faults that its operation met', () => {
  const { faults, totals } = documentOf(bad)
  const [kill, crash] = faults
  assert.equal([kill?.fault, kill?.injected, kill?.answers], ['server_kill', 1, { claimed: 1 }])
  assert.ok((kill?.violations ?? 0) > 0)
  assert.equal([crash?.fault, crash?.injected, crash?.recovery_ms], ['postgres_crash', 0, null])
  assert.ok(totals.lost > 0)
})

test('a readiness that is not true counts for the faults during which it was not', () => {
  const untrue = (server: string, fromMs: number, toMs: number) => {
    const violations = [{ server, fromMs, toMs, sentence: 'It lied.' }]
    const document = documentOf(good, { readiness: { violations, unjudged: 0 } })
    assert.not(document.passed)
    return document.faults[0]?.violations
  }
  assert.is(untrue('server 1', 1_800, 1_900), 1)
  assert.is(untrue('server 1', 2_000, 2_100), 0)
  assert.is(untrue('server 2', 500, 600), 0)
})

test('more violations than are told count for the faults as well', () => {
  const operations = Array.from({ length: 30 }, (_, n) =>
    operationOf({ user: `user_${n}` }, told(200, 'claimed', { claimId: `9${n}` })),
  )
  const { faults, checks } = documentOf({ ...good, operations })
  assert.is(checks.find(({ name }) => name === 'every_success_stored')?.violations, 30)
  assert.ok((faults[0]?.violations ?? 0) >= 30)
})

test('a machine that stood still is told, and what could not be judged for it', () => {
  const stalls = [
    { fromMs: 100, untilMs: 400 },
    { fromMs: 1_000, untilMs: 2_500.4 },
  ]
  const seen = { stalls, readiness: { violations: [], unjudged: 3 } }
  const document = documentOf(good, seen)
  const { machine } = document
  assert.equal(machine, { stalls: 2, stalled_ms: 1_800, longest_stall_ms: 1_500, unjudged_probes: 3 })
  const text = renderChaos(document, plain).replaceAll('\n', ' ')
  assert.match(text, 'stood still 2 times, for 1.80 s in all and 1.50 s at once')
  assert.match(text, '3 answers of readiness')
  assert.match(text, /repeat the run on a quiet machine\. {2}PASSED: 1 fault/)
  assert.not.match(renderChaos(documentOf(good), plain), 'stood still')
})

test('the text fits 80 columns, names each promise, and ends with the verdict', () => {
  const texts = [
    documentOf(good),
    documentOf(bad, {
      misdeeds: [`server 1 wrote ${'x'.repeat(300)}`],
      stalls: [{ fromMs: 0, untilMs: 400 }],
    }),
  ].map((document) => renderChaos(document, plain))
  for (const text of texts) {
    for (const line of text.split('\n')) assert.ok(displayWidth(line) <= 80, line)
    for (const { name } of documentOf(good).checks) assert.ok(text.includes(name), name)
    assert.ok(text.includes('Left out: redis_kill: no server uses a Redis'))
  }
  assert.match(texts[0] ?? '', /PASSED: 1 fault, 0 violations, 0 lost, 0 hung\.$/)
  assert.match(texts[1] ?? '', /FAILED: 1 fault, \d+ violations/)
})

test.run()
