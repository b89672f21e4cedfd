import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { Chalk } from 'chalk'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkHistory } from '../../cli/chaos/checks/checks.ts'
import { createFaults } from '../../cli/chaos/faults/index.ts'
import { buildChaosDocument } from '../../cli/chaos/report/build-document.ts'
import type { ChaosDocument } from '../../cli/chaos/report/document.ts'
import { observation } from '../../cli/chaos/report/observation.ts'
import { renderChaos } from '../../cli/chaos/report/text.ts'
import { displayWidth } from '../../cli/stress/report/wrap.ts'
import { type EvidenceParts, evidenceOf, operationOf, told, windowOf } from '../support/chaos-evidence.ts'

const test = suite('chaos: report')
const schema = JSON.parse(
  readFileSync(new URL('../../docs/chaos-report.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
ajvFormats.default(ajv)
const validate = ajv.compile(schema)
const plain = new Chalk({ level: 0 })

function documentOf(parts: EvidenceParts, misdeeds: readonly string[] = []): ChaosDocument {
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
    isInterrupted: false,
    durationMs: 61_234.5,
    history: evidence.history,
    coupons: evidence.facts.coupons.length,
    faults: ['server_kill', 'postgres_crash'].flatMap((name) => all.get(name as 'server_kill') ?? []),
    leftOut: [{ fault: 'redis_kill', why: 'no server uses a Redis' }],
    windows: evidence.windows,
    results: checkHistory(evidence),
    observations: [observation('readiness_true', []), observation('servers_sound', misdeeds)],
  })
}

/** One win that is stored, with a kill around it. */
const good: EvidenceParts = {
  coupons: [{ name: 'ONE', amount: 2, remaining: 2 }],
  claims: [],
  operations: [],
  windows: [windowOf('server_kill', [100, 900])],
}

/** A win that is not stored, answered during the kill. */
const bad: EvidenceParts = {
  ...good,
  operations: [operationOf({}, told(200, 'claimed', { claimId: '9' }))],
}

test('documents fit the schema', () => {
  for (const document of [documentOf(good), documentOf(bad, ['server 1 ended.'])])
    assert.ok(validate(JSON.parse(JSON.stringify(document))), ajv.errorsText(validate.errors))
})

test('what holds passes; one violation of any kind fails it', () => {
  assert.ok(documentOf(good).passed)
  assert.not(documentOf(bad).passed)
  assert.not(documentOf(good, ['server 1 ended.']).passed)
  const never = { ...good, windows: (good.windows ?? []).map((each) => ({ ...each, recoveredMs: null })) }
  assert.not(documentOf(never).passed)
})

test('a violation counts for the faults that its operation met', () => {
  const { faults, totals } = documentOf(bad)
  const [kill, crash] = faults
  assert.equal([kill?.fault, kill?.injected, kill?.answers], ['server_kill', 1, { claimed: 1 }])
  assert.ok((kill?.violations ?? 0) > 0)
  assert.equal([crash?.fault, crash?.injected, crash?.recovery_ms], ['postgres_crash', 0, null])
  assert.ok(totals.lost > 0)
})

test('the text fits 80 columns, names each promise, and ends with the verdict', () => {
  const texts = [documentOf(good), documentOf(bad, [`server 1 wrote ${'x'.repeat(300)}`])].map((document) =>
    renderChaos(document, plain),
  )
  for (const text of texts) {
    for (const line of text.split('\n')) assert.ok(displayWidth(line) <= 80, line)
    for (const { name } of documentOf(good).checks) assert.ok(text.includes(name), name)
    assert.ok(text.includes('Left out: redis_kill: no server uses a Redis'))
  }
  assert.match(texts[0] ?? '', /PASSED: 1 fault, 0 violations, 0 lost, 0 hung\.$/)
  assert.match(texts[1] ?? '', /FAILED: 1 fault, \d+ violations/)
})

test.run()
