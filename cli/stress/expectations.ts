import { type OutcomeName, outcomeNames } from './outcomes.ts'
import type { LatencySummary } from './report/document.ts'

/** A threshold of `--expect`, read: `claimed.p99<50ms`, `claims_per_s>2000`, `errors<1%`. */
export interface Expectation {
  /** As it was said. */
  readonly expression: string
  readonly metric: Metric
  readonly comparison: '<' | '<=' | '>' | '>='
  /** Milliseconds, a rate per second, a share 0 to 1, or a count. */
  readonly limit: number
}

export type Metric =
  | {
      readonly kind: 'latency'
      readonly outcome: OutcomeName | 'all'
      readonly figure: keyof LatencySummary
    }
  | { readonly kind: 'rate'; readonly of: 'requests_per_s' | 'claims_per_s' }
  /** Requests of an outcome, as a share of all that ended, or counted. */
  | { readonly kind: 'outcome'; readonly outcome: OutcomeName; readonly as: 'share' | 'count' }

const figures: Readonly<Record<string, keyof LatencySummary>> = {
  min: 'min',
  mean: 'mean',
  p50: 'p50',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
  'p99.9': 'p99_9',
  max: 'max',
}

const msOf: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

const example = 'such as p99<50ms, claims_per_s>2000 or errors<1%'
const metricsWanted =
  `${Object.keys(figures).join(', ')}, with an outcome in front for its own (claimed.p99), ` +
  `claims_per_s, requests_per_s, errors, or one of ${outcomeNames.join(', ')}`

/** The expectation, or what is wrong with the text: the rest of the sentence "got …, ". */
export function parseExpectation(text: string): Expectation | string {
  const expression = text.trim()
  const [, name, comparison, amount, unit = ''] =
    /^([\w.]+)\s*(<=|>=|<|>)\s*(\d{1,15}(?:\.\d{1,6})?)\s*(\S*)$/.exec(expression) ?? []
  if (name === undefined || amount === undefined || !isComparison(comparison)) {
    return `wants a metric, one of < <= > >=, and a limit, ${example}`
  }
  const limited = limitMetric(name, Number(amount), unit)
  return typeof limited === 'string' ? limited : { expression, comparison, ...limited }
}

function isComparison(text: string | undefined): text is Expectation['comparison'] {
  return text === '<' || text === '<=' || text === '>' || text === '>='
}

type Limited = Pick<Expectation, 'metric' | 'limit'>

/** The metric and the limit in the metric's own unit. */
function limitMetric(name: string, amount: number, unit: string): Limited | string {
  const latency = latencyMetric(name)
  if (latency !== null) {
    const each = msOf[unit]
    if (each === undefined) return `wants for ${name} a time with its unit, ms, s or us, such as ${name}<50ms`
    return { metric: latency, limit: amount * each }
  }
  if (name === 'requests_per_s' || name === 'claims_per_s') {
    if (unit !== '') return `wants for ${name} a number without a unit, such as ${name}>2000`
    return { metric: { kind: 'rate', of: name }, limit: amount }
  }
  const outcome = outcomeNamed(name === 'errors' ? 'error' : name)
  if (outcome === null) return unknownMetric(name)
  if (unit === '') return { metric: { kind: 'outcome', outcome, as: 'count' }, limit: amount }
  if (unit === '%') return { metric: { kind: 'outcome', outcome, as: 'share' }, limit: amount / 100 }
  return `wants for ${name} a count or a share in %, such as ${name}<1%`
}

/** `p99` or `claimed.p99`; the dot of `p99.9` is no such dot. */
function latencyMetric(name: string): Metric | null {
  const own = figures[name]
  if (own !== undefined) return { kind: 'latency', outcome: 'all', figure: own }
  const [, prefix = '', rest = ''] = /^(\w+)\.(.+)$/.exec(name) ?? []
  const [outcome, figure] = [outcomeNamed(prefix), figures[rest]]
  return outcome === null || figure === undefined ? null : { kind: 'latency', outcome, figure }
}

function outcomeNamed(name: string): OutcomeName | null {
  return outcomeNames.find((each) => each === name) ?? null
}

function unknownMetric(name: string): string {
  const [, prefix, rest = ''] = /^(\w+)\.(.+)$/.exec(name) ?? []
  const isOutcomeWrong = prefix !== undefined && figures[rest] !== undefined
  if (isOutcomeWrong) return `but ${prefix} is no outcome; wants one of ${outcomeNames.join(', ')}`
  return `but ${name} is no metric; wants ${metricsWanted}`
}
