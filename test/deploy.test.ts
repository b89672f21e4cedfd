/** What is in deploy/ names only metrics, labels and values that a server really has: a typing error would never alert. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claimOutcomes } from '../server/claims/claim.ts'
import { strategyNames } from '../server/claims/names.ts'
import { problems } from '../server/http/problems.ts'
import { boundedWords } from '../server/metrics/bounded.ts'
import { batchQueues } from '../server/metrics/meters.ts'
import { readPlainYaml } from './support/plain-yaml.ts'
import { readExpression } from './support/promql.ts'
import { startTestServer } from './support/server.ts'

const test = suite('deploy')
const file = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

interface Target {
  readonly expr: string
  readonly legendFormat: string
}
interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly Target[]
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}
interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
}
interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

const dashboard = JSON.parse(file('deploy/grafana/coupon.json')) as Dashboard
const { groups } = readPlainYaml(file('deploy/prometheus/coupon.rules.yml')) as unknown as {
  groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap((group) => group.rules)
const targets = dashboard.panels.flatMap(({ title, targets: each = [] }) =>
  each.map((target) => ({ what: `panel ${title}`, ...target })),
)
const listed = new Set(
  [...file('docs/metrics.md').matchAll(/`((?:coupon|process|nodejs)_\w+)(?:\{|`)/g)].map(
    ([, name = '']) => name,
  ),
)

/** Labels and values by metric, as /metrics has them, and those that are only there when something has happened. */
type Known = Map<string, Map<string, Set<string>>>
let known: Known

test.before(async () => {
  const server = await startTestServer({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
  try {
    const headers = { 'idempotency-key': 'deploy' }
    const { body } = await server.post(
      '/api/coupons/claim',
      { user_id: 'user_0', coupon_name: 'PROMO' },
      headers,
    )
    const { claim_id: id } = body.data as { claim_id: string }
    assert.is((await server.send('DELETE', `/api/claims/${id}`)).status, 200)
    known = knownOf((await server.get('/metrics')).text)
  } finally {
    await server.close()
  }
})

/** What a label may be where one server has not seen it all. */
const values: Readonly<Record<string, readonly string[]>> = {
  outcome: claimOutcomes,
  strategy: strategyNames,
  queue: batchQueues,
  what: Object.keys(boundedWords),
  status: ['200', '201', '204', 'aborted', ...Object.values(problems).map(({ status }) => String(status))],
  job: ['coupon'],
}

function knownOf(text: string): Known {
  const found: Known = new Map([['up', new Map()]])
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (name === undefined) continue
    const ofMetric = found.get(name) ?? new Map<string, Set<string>>()
    found.set(name, ofMetric)
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      ofMetric.set(label, (ofMetric.get(label) ?? new Set(values[label])).add(value))
  }
  // Not every system tells of its files and memory.
  for (const name of listed) if (name.startsWith('process_') && !found.has(name)) found.set(name, new Map())
  // Prometheus adds these to whatever it reads.
  for (const ofMetric of found.values())
    ofMetric.set('job', new Set(values.job)).set('instance', new Set(['127.0.0.1:9000']))
  return found
}

/** What is wrong with an expression; nothing for one that a server answers. */
function faultsOf(expression: string): string[] {
  const plain = expression
    .replaceAll(/\[\$__rate_interval\]/g, '[1m]')
    .replaceAll('"$job"', '"coupon"')
    .replaceAll('"$instance"', '".+"')
  const { metrics, groupings } = readExpression(plain)
  const faults = metrics.flatMap(({ name, matchers }) => {
    const labels = known.get(name)
    if (labels === undefined) return [`there is no metric ${name}`]
    if (name !== 'up' && ![name, name.replace(/_(bucket|sum|count)$/, '')].some((each) => listed.has(each)))
      return [`${name} is not in docs/metrics.md`]
    return matchers.flatMap(({ label, isRegex, value }) => {
      const ofLabel = labels.get(label)
      if (ofLabel === undefined) return [`${name} has no label ${label}`]
      return (isRegex ? value.split('|') : [value])
        .filter(
          (each) =>
            ![...ofLabel].some((one) => (isRegex ? new RegExp(`^(?:${each})$`).test(one) : one === each)),
        )
        .map((each) => `${name} has no ${label} "${each}"`)
    })
  })
  for (const { word, labels } of groupings)
    for (const label of labels)
      if (metrics.some(({ name }) => known.get(name)?.has(label) !== true))
        faults.push(`"${word}" has a label ${label} that not all of it has`)
  return faults
}

/** Labels that the result of an expression has. */
function labelsLeft(expression: string): Set<string> {
  const { metrics, groupings } = readExpression(expression.replaceAll(/\[\$__rate_interval\]/g, '[1m]'))
  const kept = groupings.filter(({ word }) => word === 'by').flatMap(({ labels }) => labels)
  if (kept.length > 0 || /\b(?:sum|max|min|avg|count)\b/.test(expression)) return new Set(kept)
  return new Set(metrics.flatMap(({ name }) => [...(known.get(name)?.keys() ?? [])]))
}

test('the dashboard asks for nothing that a server does not have', () => {
  assert.ok(targets.length > 25)
  for (const { what, expr, legendFormat } of targets) {
    assert.equal(faultsOf(expr), [], `${what}: ${expr}`)
    const left = labelsLeft(expr)
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      assert.ok(left.has(label), `${what}: the legend names ${label}, which ${expr} does not leave`)
  }
  for (const { name, definition = '' } of dashboard.templating.list) {
    if (name === 'datasource') continue
    const [, metric = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? []
    assert.equal(faultsOf(metric), [], definition)
    assert.ok(['job', 'instance'].includes(label), definition)
  }
})

test('the dashboard: every panel has its place, its words, and the data source that is chosen', () => {
  assert.is(dashboard.schemaVersion, 42)
  const { panels } = dashboard
  assert.is(new Set(panels.map(({ id }) => id)).size, panels.length)
  for (const [n, panel] of panels.entries()) {
    const { x, y, w, h } = panel.gridPos
    assert.ok(x >= 0 && x + w <= 24 && h > 0, panel.title)
    const isOver = (other: Panel) =>
      x < other.gridPos.x + other.gridPos.w &&
      other.gridPos.x < x + w &&
      y < other.gridPos.y + other.gridPos.h &&
      other.gridPos.y < y + h
    assert.equal(panels.slice(n + 1).filter(isOver), [], panel.title)
    if (panel.type === 'row') continue
    assert.is(panel.datasource?.uid, '$' + '{datasource}', panel.title)
    assert.ok((panel.description ?? '').length > 10, panel.title)
  }
})

test('the alerts ask for nothing that a server does not have, and name labels that they leave', () => {
  assert.ok(rules.length > 10)
  for (const { alert, expr, annotations } of rules) {
    assert.equal(faultsOf(expr), [], `${alert}: ${expr}`)
    const left = labelsLeft(expr)
    for (const [, label = ''] of Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g))
      assert.ok(left.has(label), `${alert} names ${label}, which its expression does not leave`)
  }
})

test('every alert has its severity, its words, and its section in docs/alerts.md, which has no other', () => {
  const sections = [...file('docs/alerts.md').matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name)
  assert.equal(
    sections,
    rules.map(({ alert }) => alert),
  )
  for (const rule of rules) {
    assert.match(rule.alert, /^Coupon[A-Z]\w+$/)
    assert.match(rule.for, /^\d+[smh]$/)
    assert.ok(['critical', 'warning'].includes(rule.labels.severity), rule.alert)
    assert.ok(rule.annotations.summary.length > 10 && rule.annotations.description.length > 10, rule.alert)
    assert.equal(Object.keys(rule).sort(), ['alert', 'annotations', 'expr', 'for', 'labels'])
  }
})

const mistyped: Readonly<Record<string, string>> = {
  'a metric': 'rate(coupon_claim_total[5m]) > 0',
  'a part of a histogram': 'rate(coupon_batch_size_buckets[5m]) > 0',
  'a metric of the process': 'nodejs_eventloop_lag_p98_seconds > 1',
  'a label in a matcher': 'coupon_claims_total{outcom="claimed"} > 0',
  'a label to group by': 'sum by (outcomes) (coupon_claims_total) > 0',
  'a label of another metric': 'sum by (route) (coupon_claims_total) > 0',
  'a value': 'coupon_claims_total{outcome="claim"} > 0',
  'one of several values': 'coupon_bounded_entries{what=~"claims_waiting|claim_open"} > 0',
  'a status that is never answered': 'coupon_http_requests_total{status=~"6.."} > 0',
}
for (const [what, expression] of Object.entries(mistyped)) {
  test(`mistyped, it is found: ${what}`, () => assert.is(faultsOf(expression).length, 1))
}

test('what cannot be read is not passed over', () => {
  for (const wrong of [
    'rat(up[5m])',
    'sum(up',
    'up{job=coupon}',
    'up[5]',
    '1 + 1',
    'up{job~"x"}',
    'up ; up',
    '',
  ])
    assert.throws(() => readExpression(wrong), undefined, wrong)
  const yamls = [
    'a: b: c',
    'a: [1]',
    'a: {{ x }}',
    'a',
    'a: 1\na: 2',
    'a:\n   b: 1',
    'a: "x"',
    "a: 'x' y",
    'a: x # y',
  ]
  for (const wrong of yamls) assert.throws(() => readPlainYaml(wrong), /^Error: Line|Line/, wrong)
  assert.equal(readPlainYaml("a:\n  - b: it's\n    c: |\n      x\n        y\n\n  - b: 'it''s'\n"), {
    a: [{ b: "it's", c: 'x\ny' }, { b: "it's" }],
  })
})

test.run()
