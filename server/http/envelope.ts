import type { Response } from 'express'
import type { HttpFault } from './errors.ts'

export interface Success {
  readonly status: number
  readonly data?: unknown
  readonly message?: string
}

/** The header that ties an answer, its log lines and its error's `reference_id` together. */
export const correlationHeader = 'Correlation-ID'

export function sendSuccess(response: Response, { status, data, message }: Success): void {
  sendJson(response, status, {
    status,
    ...(data !== undefined && { data }),
    ...(message !== undefined && { message }),
  })
}

export function sendFault(response: Response, fault: HttpFault): void {
  if (fault.retryAfterS !== undefined) response.setHeader('Retry-After', String(fault.retryAfterS))
  sendJson(response, fault.status, {
    status: fault.status,
    message: fault.message,
    kind: fault.kind,
    reference_id: String(response.getHeader(correlationHeader) ?? ''),
    ...(fault.faults !== undefined && { optional_data: fault.faults }),
  })
}

export function sendJson(response: Response, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.statusCode = status
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.end(text)
}
