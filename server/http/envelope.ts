import type { Response } from 'express'
import type { HttpFault } from './errors.ts'
import { problems } from './problems.ts'

export interface Success {
  readonly status: number
  readonly data?: unknown
  readonly message?: string
}

/** The header that ties an answer, its log lines and its error's `reference_id` together. */
export const correlationHeader = 'Correlation-ID'

export function correlationIdOf(response: Response): string {
  return String(response.getHeader(correlationHeader) ?? '')
}

export function sendSuccess(response: Response, { status, data, message }: Success): void {
  // What is undefined is left out of the text.
  sendJson(response, status, { status, data, message })
}

/** As the seed's envelope; as problem details (RFC 9457) for who asks for `application/problem+json`. */
export function sendFault(response: Response, fault: HttpFault): void {
  if (fault.retryAfterS !== undefined) response.setHeader('Retry-After', String(fault.retryAfterS))
  if (problems[fault.problem].status === 401) response.setHeader('WWW-Authenticate', 'Bearer')
  if (wantsProblem(response)) sendProblem(response, fault)
  else sendEnvelope(response, fault)
}

function sendEnvelope(response: Response, { problem, message, faults }: HttpFault): void {
  const { status, kind } = problems[problem]
  // The original answers these two without an error's envelope.
  if (problem === 'url_not_found' || problem === 'method_not_allowed') {
    sendJson(response, status, { status, data: message })
    return
  }
  const reference = JSON.stringify(correlationIdOf(response))
  const rest = faults === undefined ? '' : `,"optional_data":${JSON.stringify(faults)}`
  sendText(response, status, `${openingOf(status, message, kind)}${reference}${rest}}`)
}

/** What the last envelope began with: a crowd that is refused hears the same words thousands of times in a row. */
let last = { status: 0, message: '', kind: '', opening: '' }

/** An error's envelope up to its reference. */
function openingOf(status: number, message: string, kind: string): string {
  if (last.message !== message || last.kind !== kind || last.status !== status) {
    const whole = JSON.stringify({ status, message, kind })
    last = { status, message, kind, opening: `${whole.slice(0, -1)},"reference_id":` }
  }
  return last.opening
}

function sendProblem(response: Response, fault: HttpFault): void {
  const { status, kind, title } = problems[fault.problem]
  const body = {
    type: problemType(fault.problem),
    title,
    status,
    detail: fault.message,
    kind,
    reference_id: correlationIdOf(response),
    ...(fault.faults !== undefined && { errors: fault.faults }),
    ...(fault.retryAfterS !== undefined && { retry_after: fault.retryAfterS }),
    ...fault.extras,
  }
  send(response, status, 'application/problem+json', JSON.stringify(body))
}

/** A stable reference, relative to the server, which answers it with the documentation of that type. */
export function problemType(name: string): string {
  return `/problems/${name}`
}

function wantsProblem(response: Response): boolean {
  const { accept } = response.req.headers
  return accept?.includes('application/problem+json') === true
}

export function sendJson(response: Response, status: number, body: object): void {
  sendText(response, status, JSON.stringify(body))
}

function sendText(response: Response, status: number, json: string): void {
  send(response, status, 'application/json; charset=utf-8', json)
}

export function send(response: Response, status: number, contentType: string, body: string | Buffer): void {
  response.statusCode = status
  response.setHeader('Content-Type', contentType)
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}
