/** What a storm sends, when, and in what proportion: the part of a plan that the engine reads. */

/**
 * When requests are sent.
 * `burst`: a closed model; every connection sends its next request as soon as its last answer is complete, all
 * from one barrier. `rate` and `ramp`: an open model; each request has a moment at which it is meant to be sent,
 * whatever became of those before it, and its latency runs from that moment.
 */
export type LoadShape =
  | { readonly kind: 'burst' }
  | { readonly kind: 'rate'; readonly perS: number; readonly durationS: number }
  /** Grows evenly from one rate to the other. */
  | { readonly kind: 'ramp'; readonly fromPerS: number; readonly toPerS: number; readonly durationS: number }

export const requestKinds = ['claim', 'release', 'eligibility'] as const

export type RequestKind = (typeof requestKinds)[number]

/** Weights, not below 0, not all 0; `{claim: 1, release: 0, eligibility: 0}` is a storm of claims alone. */
export type Mix = Readonly<Record<RequestKind, number>>

/** What decides every request of one run; the same shape sends the same requests in the same order. */
export interface ScriptShape {
  readonly load: LoadShape
  readonly users: number
  /** Requests of each user in a burst, before duplicates; 1 in an open model, where users come round in turn. */
  readonly attempts: number
  /** Coupons the requests are spread over evenly. */
  readonly coupons: number
  readonly mix: Mix
  /** Share, 0 to 1, of the requests that are followed at once by an equal one on another connection: the double click. */
  readonly duplicates: number
  /** Share, 0 to 1, of the requests whose client is gone before the answer: it cuts its connection once the request is sent. */
  readonly abandon: number
  readonly seed: number
}
