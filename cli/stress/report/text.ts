import type { ChalkInstance } from 'chalk'
import { agree, count, number } from '../../words.ts'
import type { Check } from '../checks.ts'
import { latencyTable } from './latency-table.ts'
import type { StressError, StressReport } from './report.ts'
import { wrap } from './wrap.ts'

/** The report for people, at most 80 columns wide whatever it says. Ends without a newline. */
export function renderReport(report: StressReport, colour: ChalkInstance): string {
  const sections = [
    heading(report, colour),
    latencyTable(report, colour),
    figures(report, colour),
    errorSet(report.errors, colour),
    proof(report, colour),
    verdict(report, colour),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function heading(report: StressReport, colour: ChalkInstance): string {
  const { users, attempts, quota, environment } = report
  const load = `${count(users, 'user')} x ${count(attempts, 'attempt')} for ${count(quota, 'unit')}`
  const server = [
    report.url,
    report.strategy === null ? null : `strategy ${report.strategy}`,
    environment.postgres === null ? null : `Postgres ${environment.postgres}`,
    environment.redis === null ? null : `Redis ${environment.redis}`,
  ]
  const client = [
    count(report.connections, 'connection'),
    `seed ${report.seed}`,
    `Node ${environment.node}`,
    count(environment.cpus, 'CPU'),
  ]
  const details = [server.filter((part) => part !== null).join(' · '), client.join(' · ')]
  return [
    ...wrap(`${report.coupon} · ${load}`).map((line) => colour.bold(line)),
    ...details.flatMap((line) => wrap(line)).map((line) => colour.dim(line)),
  ].join('\n')
}

function figures(report: StressReport, colour: ChalkInstance): string {
  const { throughput, duration_s } = report
  const rates = `${number(throughput.requests_per_s)} requests/s, ${number(throughput.claims_per_s)} claims/s`
  const note =
    'Latency in ms, from handing a request to its connection to the end of its answer; ' +
    'each connection waits for its answer before it sends again (closed model).'
  return [
    ...wrap(`${count(report.requests, 'request')} in ${duration_s.toFixed(3)} s: ${rates}`),
    ...wrap(note).map((line) => colour.dim(line)),
  ].join('\n')
}

function errorSet(errors: readonly StressError[], colour: ChalkInstance): string {
  if (errors.length === 0) return ''
  const lines = errors.flatMap((one) => {
    const open = one.outcome_unknown
    const unknown = open === 0 ? '' : ` (${number(open)} with the outcome unknown)`
    const example = `e.g. ${one.example}`
    return [
      ...wrap(`${number(one.count)} x ${one.error}${unknown}`, '  '),
      ...wrap(example, '      ').map((line) => colour.dim(line)),
    ]
  })
  return [colour.bold('Errors'), ...lines].join('\n')
}

const sources = {
  database: 'read from the database',
  api: 'read through the API alone',
} satisfies Record<StressReport['evidence'], string>

function proof(report: StressReport, colour: ChalkInstance): string {
  const lines = report.checks.flatMap((check) => checkLines(check, colour))
  return [colour.bold(`Proof, ${sources[report.evidence]}`), ...lines].join('\n')
}

const detailIndent = ' '.repeat(26)

function checkLines({ name, passed, detail }: Check, colour: ChalkInstance): string[] {
  const mark = passed ? colour.green('✔') : colour.red('✘')
  const [first = '', ...rest] = wrap(detail, detailIndent)
  const title = passed ? name.padEnd(22) : colour.red(name.padEnd(22))
  return [`  ${mark} ${title}${first.slice(detailIndent.length)}`, ...rest]
}

function verdict({ checks, outcomes, quota }: StressReport, colour: ChalkInstance): string {
  const failed = checks.filter((check) => !check.passed).map((check) => check.name)
  const sold = `${number(outcomes.claimed)} of ${count(quota, 'unit')} sold`
  if (failed.length === 0) {
    const [line = '', ...rest] = wrap(`PASSED: ${sold}, none twice, none lost.`)
    return [colour.green.bold(line), ...rest].join('\n')
  }
  const checksFailed = `${failed.length} of ${checks.length} checks ${agree(failed.length, 'has', 'have')} failed`
  const lines = wrap(`FAILED: ${sold}; ${checksFailed}: ${failed.join(', ')}.`)
  return lines.map((line) => colour.red.bold(line)).join('\n')
}
