/**
 * What a reader of reports relies on, so that a damaged file is told as such. docs/stress-report.schema.json is the
 * whole description; this one lets pass what the page does not show.
 */
import joi from 'joi'
import { outcomeNames } from '../outcomes.ts'

const text = joi.string().allow('').required()
const textOrNull = text.allow(null)
const flag = joi.boolean().required()
const figure = joi.number().min(0).required()
const figureOrNull = figure.allow(null)
const count = figure.integer()
/** Stock by the answers goes below 0 when a server sells too much. */
const anyNumber = joi.number().required()
const list = (item: joi.Schema) => joi.array().items(item.optional()).required()
const record = (fields: joi.SchemaMap) => joi.object(fields).required()
const each = (names: readonly string[], value: joi.Schema) =>
  record(Object.fromEntries(names.map((name) => [name, value])))

const latency = record({
  min: figure,
  mean: figure,
  p50: figure,
  p90: figure,
  p95: figure,
  p99: figure,
  p99_9: figure,
  max: figure,
}).allow(null)

const latencies = each(['all', ...outcomeNames], latency)

const spread = record({ median: figure, min: figure, max: figure })

const load = record({
  kind: joi.valid('burst', 'rate', 'ramp').required(),
  durationS: joi.when('kind', { is: 'burst', otherwise: figure }),
  perS: joi.when('kind', { not: 'rate', otherwise: figure }),
  fromPerS: joi.when('kind', { not: 'ramp', otherwise: figure }),
  toPerS: joi.when('kind', { not: 'ramp', otherwise: figure }),
})

const plan = record({
  url: textOrNull,
  load,
  users: count,
  quota: count,
  attempts: count,
  coupons: count,
  mix: each(['claim', 'release', 'eligibility'], figure),
  duplicates: figure,
  abandon: figure,
  connections: count,
  is_cold: flag,
  threads: count,
  warmup_s: figure,
  repeat: count,
  seed: count,
})

const timeline = record({
  step_s: joi.number().greater(0).required(),
  t_s: list(figure),
  outcomes: joi
    .object()
    .pattern(joi.string(), joi.array().items(joi.number().min(0)))
    .required(),
  p50_ms: list(figureOrNull),
  p99_ms: list(figureOrNull),
  remaining: list(anyNumber),
})

const histogram = record({
  outcome: joi.valid('all', ...outcomeNames).required(),
  bounds_ms: list(figure),
  counts: list(count),
  percentiles: list(joi.array().ordered(joi.number().min(0).max(100).required(), figure)),
})

const generator = record({
  threads: count,
  loop_lag_ms: record({ mean: figure, p99: figure, max: figure }),
  busiest_thread: figure,
  cpus_used: figure,
  peak_memory_mb: figure,
  was_limit: flag,
  reason: textOrNull,
})

const run = record({
  repeat: count,
  strategy: textOrNull,
  url: text,
  auth: joi.valid('signed', 'login', 'open').required(),
  evidence: joi.valid('database', 'api').required(),
  seed: count,
  coupons: list(text),
  stock_before: anyNumber,
  stock_after: anyNumber,
  interrupted: flag,
  requests: each(['planned', 'sent', 'finished', 'late', 'dropped', 'skipped', 'duplicates'], count),
  outcomes: each(outcomeNames, count),
  duration_s: figure,
  throughput: record({ configured_per_s: figureOrNull, requests_per_s: figure, claims_per_s: figure }),
  latency_ms: latencies,
  service_ms: latencies.allow(null),
  histograms: list(histogram),
  timeline,
  errors: list(record({ error: text, count, outcome_unknown: count, example: text })),
  generator,
  checks: list(record({ name: text, passed: flag, detail: text })),
  passed: flag,
})

const summary = record({
  strategy: textOrNull,
  runs: count,
  requests_per_s: spread,
  claims_per_s: spread,
  p50_ms: spread.allow(null),
  p99_ms: spread.allow(null),
  errors: spread,
  undersold: count,
  oversold: count,
  failed_checks: list(text),
})

export const documentSchema = record({
  created_at: text,
  command: text,
  tool: record({ version: text }),
  environment: record({
    node: text,
    os: text,
    cpu: textOrNull,
    cpus: count,
    memory_gb: figure,
    postgres: textOrNull,
    redis: textOrNull,
  }),
  plan,
  runs: list(run),
  summary: list(summary),
  thresholds: list(record({ expression: text, strategy: textOrNull, passed: flag, detail: text })),
  passed: flag,
})
