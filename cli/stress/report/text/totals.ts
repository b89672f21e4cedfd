import type { ChalkInstance } from 'chalk'
import { count, number } from '../../../words.ts'
import type { RequestCounts, StressRun } from '../document.ts'
import { shortcomingsOf } from '../shortcomings.ts'
import { wrap } from '../wrap.ts'

/** How much was sent, how fast, and how the times are to be read. */
export function totals(run: StressRun, colour: ChalkInstance): string {
  const { requests, throughput, service_ms } = run
  const configured = throughput.configured_per_s
  const aim = configured === null ? '' : ` of ${number(configured)} configured`
  const rates = `${number(throughput.requests_per_s)} requests/s${aim}, ${number(throughput.claims_per_s)} claims/s`
  return [
    ...wrap(`${count(requests.finished, 'request')} in ${run.duration_s.toFixed(3)} s: ${rates}`),
    ...shortcomings(requests, service_ms !== null, colour),
    ...wrap(service_ms === null ? closedNote : openNote).map((line) => colour.dim(line)),
  ].join('\n')
}

const closedNote =
  'Latency in ms, from handing a request to its connection to the end of its answer; ' +
  'each connection waits for its answer before it sends again (closed model).'

const openNote =
  'Latency in ms, from the moment a request was meant to be sent to the end of its answer (open model); ' +
  'service, from the moment it was written.'

export function shortcomings(requests: RequestCounts, isOpen: boolean, colour: ChalkInstance): string[] {
  return shortcomingsOf(requests, isOpen).flatMap(({ count, sentence }) =>
    wrap(sentence).map((line) => (count > 0 ? colour.yellow(line) : line)),
  )
}
