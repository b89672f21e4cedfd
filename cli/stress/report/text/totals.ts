import type { ChalkInstance } from 'chalk'
import { agree, count, number } from '../../../words.ts'
import type { RequestCounts, StressRun } from '../document.ts'
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

/** What was not as planned. Of an open model also that nothing was late or dropped, since that is the point of it. */
export function shortcomings(requests: RequestCounts, isOpen: boolean, colour: ChalkInstance): string[] {
  const { planned, late, dropped, skipped, sent, finished } = requests
  const say = (value: number, text: string, isTold = value > 0) =>
    isTold ? wrap(`${number(value)} ${text}`).map((line) => (value > 0 ? colour.yellow(line) : line)) : []
  return [
    ...say(late, 'late: sent more than 10 ms after their moment.', isOpen),
    ...say(dropped, 'dropped: no connection was free within 5 s of their moment.', isOpen),
    ...say(skipped, `skipped: ${agree(skipped, 'a release', 'releases')} with nothing to give back.`),
    ...say(sent - finished, 'sent, but never answered.'),
    ...say(planned - sent - dropped - skipped, 'not sent.'),
  ]
}
