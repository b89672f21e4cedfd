import { agree, number } from '../../words.ts'
import type { RequestCounts } from './document.ts'

export interface Shortcoming {
  readonly count: number
  readonly sentence: string
}

/** What was not as planned. Of an open model also that nothing was late or dropped, since that is the point of it. */
export function shortcomingsOf(requests: RequestCounts, isOpen: boolean): Shortcoming[] {
  const { planned, late, dropped, skipped, sent, finished } = requests
  const say = (count: number, text: string, isTold = count > 0) =>
    isTold ? [{ count, sentence: `${number(count)} ${text}` }] : []
  return [
    ...say(late, 'late: sent more than 10 ms after their moment.', isOpen),
    ...say(dropped, 'dropped: no connection was free within 5 s of their moment.', isOpen),
    ...say(skipped, `skipped: ${agree(skipped, 'a release', 'releases')} with nothing to give back.`),
    ...say(sent - finished, 'sent, but never answered.'),
    ...say(planned - sent - dropped - skipped, 'not sent.'),
  ]
}
