import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { ClaimTrace } from '../claims/claim.ts'
import {
  newSpanId,
  newTraceId,
  readTraceparent,
  readTracestate,
  type TraceParent,
  writeTraceparent,
} from './trace-context.ts'

/** The header of the answer that tells its trace, in the form of `traceparent`, to who has sent one. */
export const traceHeader = 'traceresponse'

/** By what a request is found again: in the log, in the database, and by who has sent it. */
export interface RequestTrace extends ClaimTrace {
  /** What every line about this request has. */
  fields(): TraceFields
}

export interface TraceFields {
  readonly correlation_id: string
  readonly trace_id: string
  /** Our own part of the trace. */
  readonly span_id: string
  /** Whose part we were called from; only with a `traceparent` that was taken over. */
  readonly parent_id?: string
  /** The batch that the request was sent to the database with, last. */
  readonly batch_id?: string
}

export interface TraceOptions {
  /** True for a correlation id that was made for this request: then the trace that begins here has the same id. */
  readonly isFresh: boolean
  readonly headers: IncomingHttpHeaders
}

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly isSampled: boolean
  readonly parent: TraceParent | null
}

/** Nothing is read or made before somebody asks: at level `info` most requests are never spoken of. */
export function createTrace(correlationId: string, { isFresh, headers }: TraceOptions): RequestTrace {
  let span: Span | undefined
  let batchId: string | undefined

  function own(): Span {
    span ??= beginSpan(correlationId, isFresh, headers.traceparent)
    return span
  }

  return {
    correlationId,
    context: () => {
      const { traceId, spanId, isSampled, parent } = own()
      return {
        traceparent: writeTraceparent({ traceId, parentId: spanId, isSampled }),
        // It belongs to the trace that was taken over, and to no other.
        tracestate: parent === null ? null : readTracestate(headers.tracestate),
      }
    },
    sentIn: (id) => {
      batchId = id
    },
    fields: () => {
      const { traceId, spanId, parent } = own()
      return {
        correlation_id: correlationId,
        trace_id: traceId,
        span_id: spanId,
        ...(parent !== null && { parent_id: parent.parentId }),
        ...(batchId !== undefined && { batch_id: batchId }),
      }
    },
  }
}

function beginSpan(correlationId: string, isFresh: boolean, traceparent: unknown): Span {
  const parent = readTraceparent(traceparent)
  const spanId = newSpanId()
  if (parent !== null) return { traceId: parent.traceId, spanId, isSampled: parent.isSampled, parent }
  const traceId = isFresh ? correlationId.replaceAll('-', '') : newTraceId()
  return { traceId, spanId, isSampled: false, parent }
}

/** Express' own place for what belongs to one request. A claim is handled without Express, which then has not made it. */
interface Traced {
  locals?: { trace?: RequestTrace }
}

export function keepTrace(response: ServerResponse, trace: RequestTrace): void {
  const traced: Traced = response as ServerResponse & Traced
  if (traced.locals === undefined) traced.locals = { trace }
  else traced.locals.trace = trace
}

/** Undefined before the request was given one. */
export function traceOf(response: ServerResponse): RequestTrace | undefined {
  return (response as ServerResponse & Traced).locals?.trace
}
