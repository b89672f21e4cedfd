import { randomUUID } from 'node:crypto'

/** What a request is a part of, as its header `traceparent` tells. */
export interface TraceParent {
  /** 32 and 16 lower-case hexadecimal digits, neither of them all zero. */
  readonly traceId: string
  readonly parentId: string
  /** The one flag that the Recommendation knows; what else may be set is not passed on. */
  readonly isSampled: boolean
}

/** Also of versions to come, which may add fields behind a hyphen. Node joins several headers with a comma. */
const traceparentPattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-[^,]*)?$/
const zeros = /^0+$/

/**
 * Reads a `traceparent` by the W3C Recommendation "Trace Context" (23 November 2021), section 3.2. Null for what it says to
 * ignore: version ff, ids that are all zero, capitals, other lengths, several headers.
 */
export function readTraceparent(text: unknown): TraceParent | null {
  const match = typeof text === 'string' ? traceparentPattern.exec(text) : null
  if (match === null) return null
  const [, version, traceId = '', parentId = '', flags = '', more] = match
  if (version === 'ff' || (version === '00' && more !== undefined)) return null
  if (zeros.test(traceId) || zeros.test(parentId)) return null
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** We write version 00, whichever version we were told. */
export function writeTraceparent({ traceId, parentId, isSampled }: TraceParent): string {
  return `00-${traceId}-${parentId}-${isSampled ? '01' : '00'}`
}

/** Printable ASCII of at most 512 characters, which everybody passes on by the Recommendation; anything else is dropped. */
const tracestatePattern = /^[\x20-\x7e]{1,512}$/

/** What others keep for themselves along the trace: passed on as it came. */
export function readTracestate(text: unknown): string | null {
  return typeof text === 'string' && tracestatePattern.test(text) ? text : null
}

/** 128 bits, all but six of them random. */
export function newTraceId(): string {
  return randomUUID().replaceAll('-', '')
}

/** 64 random bits: those of a UUID that name neither its version nor its variant. Node makes UUIDs ahead, many at once. */
export function newSpanId(): string {
  const id = randomUUID()
  return id.slice(24) + id.slice(0, 4)
}
