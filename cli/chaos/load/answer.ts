import { field, readJson } from '../../json.ts'
import type { Answer, OperationKind } from '../history.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** What a 200 means. */
const successes: Readonly<Record<OperationKind, string>> = {
  claim: 'claimed',
  confirm: 'confirmed',
  release: 'released',
  look: 'seen',
}

/** Reads an answer of the API: success envelopes, and problem details, which the load asks for. */
export function readAnswer(kind: OperationKind, { status, headers, body }: RawAnswer): Answer {
  const value = readJson(body)
  const data = status === 200 ? field(value, 'data') : value
  return {
    status,
    told: status === 200 ? successes[kind] : problemOf(value, status),
    claimId: text(field(data, 'claim_id')),
    state: text(field(data, 'state')),
    heldUntil: text(field(data, 'held_until')),
    retryAfterS: secondsOf(headers['retry-after']),
    isReplayed: headers['idempotent-replayed'] === 'true',
  }
}

/** `sold_out` of `/problems/sold_out`; what has no type is called by its status. */
function problemOf(value: unknown, status: number): string {
  const type = text(field(value, 'type'))
  return type?.slice(type.lastIndexOf('/') + 1) || `status_${status}`
}

function secondsOf(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
