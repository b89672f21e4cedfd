import { field, readJson } from '../json.ts'
import { oneLine } from '../words.ts'
import type { RequestKind } from './shape.ts'

/** What a request can come to, as the report names it. */
export const outcomeNames = [
  'claimed',
  'sold_out',
  'already_claimed',
  'busy',
  /** The claim was given back. */
  'released',
  /** A question "may I claim it?" that was answered. */
  'told',
  /** The client was gone before the answer, as planned. */
  'abandoned',
  'error',
] as const

export type OutcomeName = (typeof outcomeNames)[number]

/** How one request ended. */
export interface Ending {
  readonly outcome: OutcomeName
  /** Of the answer; 0 without one. */
  readonly status: number
  /** True when the server may have stored or released a claim although it did not say so. */
  readonly isUncertain: boolean
  /** What groups equal errors, such as `500 internal_error` or `ECONNRESET`; null for the other outcomes. */
  readonly error: string | null
  /** The error in the server's or the network's own words. */
  readonly example: string
}

const ended = (outcome: OutcomeName, status: number): Ending => ({
  outcome,
  status,
  isUncertain: false,
  error: null,
  example: '',
})

/** These carry nothing of their own, so that a run of a million shares them. */
const successes: Readonly<Record<RequestKind, Ending>> = {
  claim: ended('claimed', 200),
  release: ended('released', 200),
  eligibility: ended('told', 200),
}
const refusals: Readonly<Record<string, Ending>> = {
  '400 business_validation_error': ended('sold_out', 400),
  '409 conflict_error': ended('already_claimed', 409),
  '409 acquire_redis_lock_error': ended('busy', 409),
}
const gone: Ending = ended('abandoned', 0)
const goneUncertain: Ending = { ...gone, isUncertain: true }

/** Reads an answer: its status and, unless that says all, its `kind`. Only a claim is refused; the others fail. */
export function endingOfAnswer(status: number, body: string, kind: RequestKind = 'claim'): Ending {
  if (status === 200) return successes[kind]
  const envelope = readEnvelope(body)
  const label = `${status} ${envelope.kind ?? 'without a kind'}`
  const refusal = kind === 'claim' ? refusals[label] : undefined
  return (
    refusal ?? {
      outcome: 'error',
      status,
      isUncertain: changesStock(kind) && mayHaveStored(status, envelope.kind),
      error: label,
      example: shorten(envelope.message ?? body, 200),
    }
  )
}

/** A request that got no whole answer. It cannot have changed anything if it never reached a connection. */
export function endingOfFailure(error: Error, wasSent: boolean, kind: RequestKind = 'claim'): Ending {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return {
    outcome: 'error',
    status: 0,
    isUncertain: wasSent && changesStock(kind),
    error: shorten(code, 60),
    example: shorten(error.message || code, 200),
  }
}

/** The client has cut its connection as planned, once the request was sent. */
export function endingOfAbandoned(kind: RequestKind): Ending {
  return changesStock(kind) ? goneUncertain : gone
}

function changesStock(kind: RequestKind): boolean {
  return kind !== 'eligibility'
}

/** Statuses below 500 refuse before anything is stored, but for a 2xx that is not the route's own. */
function mayHaveStored(status: number, kind: string | undefined): boolean {
  if (status < 500) return status < 300
  return kind !== 'service_unavailable_error'
}

function readEnvelope(body: string): { kind?: string; message?: string } {
  const value = readJson(body)
  const text = (key: string) => {
    const found = field(value, key)
    return typeof found === 'string' ? found : undefined
  }
  const kind = text('kind')
  return { kind: kind === undefined ? undefined : shorten(kind, 60), message: text('message') }
}

/** What a server says ends up on a terminal. */
function shorten(text: string, lengthMax: number): string {
  const line = oneLine(text)
  return line.length > lengthMax ? `${line.slice(0, lengthMax - 1)}…` : line
}
