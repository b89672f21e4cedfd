import type { ChalkInstance } from 'chalk'
import { agree, count, number } from '../../../words.ts'
import type { StressRun } from '../document.ts'
import { wrap } from '../wrap.ts'

/** How much was sent, how fast, and how the times are to be read. */
export function totals(run: StressRun, colour: ChalkInstance): string {
  const { requests, throughput, service_ms } = run
  const isOpen = service_ms !== null
  const configured = throughput.configured_per_s
  const aim = configured === null ? '' : ` of ${number(configured)} configured`
  const rates = `${number(throughput.requests_per_s)} requests/s${aim}, ${number(throughput.claims_per_s)} claims/s`
  const time = run.duration_s.toFixed(3)
  return [
    ...wrap(`${count(requests.finished, 'request')} in ${time} s: ${rates}`),
    ...unpunctual(run)
      .flatMap((line) => wrap(line))
      .map((line) => colour.yellow(line)),
    ...wrap(isOpen ? openNote : closedNote).map((line) => colour.dim(line)),
  ].join('\n')
}

const closedNote =
  'Latency in ms, from handing a request to its connection to the end of its answer; ' +
  'each connection waits for its answer before it sends again (closed model).'

const openNote =
  'Latency in ms, from the moment a request was meant to be sent to the end of its answer (open model); ' +
  'service, from the moment it was written.'

/** An open model says so always, since a zero is the point of it. */
function unpunctual({ requests, service_ms }: StressRun): string[] {
  const { planned, late, dropped, skipped, sent, finished } = requests
  const open = service_ms !== null
  const unanswered = sent - finished
  const unsent = planned - sent - dropped - skipped
  return [
    open ? `${number(late)} late: sent more than 10 ms after their moment.` : null,
    open ? `${number(dropped)} dropped: no connection was free within 5 s of their moment.` : null,
    skipped > 0
      ? `${number(skipped)} skipped: ${agree(skipped, 'a release', 'releases')} with nothing to give back.`
      : null,
    unanswered > 0 ? `${number(unanswered)} sent, but never answered.` : null,
    unsent > 0 ? `${number(unsent)} not sent.` : null,
  ].filter((line) => line !== null)
}
