import { isAscii } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { HttpError } from './errors.ts'
import type { ProblemName } from './problems.ts'

/** A body is read whole before it is parsed; more than this is refused while it comes in. */
export const bodySizeMax = 10 * 1024

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads the body as JSON, whatever its Content-Type says, as the original does. Throws `HttpError`: 413 over
 * `bodySizeMax` bytes, 415 for a compressed body, 422 for text that is not JSON in UTF-8, 400 for JSON that is
 * not an object.
 */
export function readJsonObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  return readPlainBytes(request).then(parseObject)
}

/** The same, or null for a request without a body. */
export async function readOptionalJsonObject(
  request: IncomingMessage,
): Promise<Record<string, unknown> | null> {
  const bytes = await readPlainBytes(request)
  return bytes.length === 0 ? null : parseObject(bytes)
}

/** By events: an async iterator over the stream costs several times as much for a body of one chunk. */
function readPlainBytes(request: IncomingMessage): Promise<Buffer> {
  if (isCompressed(request)) return Promise.reject(compressed())
  if (Number(request.headers['content-length'] ?? 0) > bodySizeMax) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    let bytes: Buffer | undefined
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > bodySizeMax) {
        // What comes after this is thrown away, and no more is kept.
        bytes = undefined
        reject(tooLarge())
      } else bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk])
    })
    request.on('end', () => resolve(bytes ?? Buffer.alloc(0)))
    // Nobody is left to read this: the client went away in the middle of its body.
    request.on('error', () => reject(refusal('invalid_request', 'The body ended before its end.')))
  })
}

export function isCompressed({ headers }: IncomingMessage): boolean {
  // Node takes chunks apart, and leaves what else the transfer has done to the body.
  const transfer = headers['transfer-encoding'] ?? 'chunked'
  return (headers['content-encoding'] ?? 'identity') !== 'identity' || !/^chunked$/i.test(transfer)
}

export function compressed(): HttpError {
  return refusal('unsupported_body', 'The body must not be compressed.')
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(isAscii(bytes) ? bytes.toString('latin1') : decoder.decode(bytes))
  } catch {
    throw refusal('malformed_body', 'Invalid request body: it is not JSON in UTF-8.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal('invalid_request', 'The body must be a JSON object.')
  }
  return value as Record<string, unknown>
}

function tooLarge(): HttpError {
  return refusal('body_too_large', `The body is larger than ${bodySizeMax} bytes.`)
}

function refusal(problem: ProblemName, message: string): HttpError {
  return new HttpError({ problem, message })
}
