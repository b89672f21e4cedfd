import type { ChalkInstance } from 'chalk'
import { count, number } from '../../../words.ts'
import type { GeneratorFigures, StressDocument } from '../document.ts'
import { milliseconds } from '../latency-table.ts'
import { wrap } from '../wrap.ts'
import { percent } from './figures.ts'
import { runLabel } from './run-label.ts'

/** How the load generator itself fared; with several runs only where it fared badly. */
export function generator(document: StressDocument, colour: ChalkInstance): string {
  const { runs, environment } = document
  const [run] = runs
  const own = run !== undefined && runs.length === 1 ? wrap(figures(run.generator, environment.cpus)) : []
  const warnings = runs
    .filter(({ generator }) => generator.was_limit)
    .flatMap((each) => warning(each.generator, runs.length === 1 ? null : runLabel(each, document)))
  return [...own, ...warnings.map((line) => colour.yellow(line))].join('\n')
}

function figures(generator: GeneratorFigures, cpus: number): string {
  const { threads, busiest_thread, cpus_used, loop_lag_ms, peak_memory_mb } = generator
  const busy = `${threads > 1 ? 'the busiest ' : ''}${percent(busiest_thread)} busy`
  const lag = `event loop late by ${milliseconds(loop_lag_ms.p99)} ms (p99), ${milliseconds(loop_lag_ms.max)} ms (max)`
  return `Generator: ${count(threads, 'thread')}, ${busy}; ${number(cpus_used)} of ${count(cpus, 'CPU')}; ${lag}; ${number(Math.round(peak_memory_mb))} MB.`
}

function warning({ reason }: GeneratorFigures, label: string | null): string[] {
  const where = label === null ? '' : ` (${label})`
  const why = reason === null ? '' : `: ${reason.replace(/\.$/, '')}`
  return wrap(`WARNING${where}: the load generator and not the server was the limit${why}.`)
}
