import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { HttpError, validationFault } from './errors.ts'

const header = 'Idempotency-Key'

/** A structured-field string, or the same without its quotes, as many clients send it. */
export const keyPattern = /^(?:"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255}))$/

export interface RequestKey {
  /** A UUID: random, or made of caller and key when the request has one. */
  readonly claimKey: string
  /** A UUID made of what is asked for; only with an Idempotency-Key. */
  readonly payloadHash?: string
}

/**
 * The key of a claim, after draft-ietf-httpapi-idempotency-key-header. A key belongs to its caller: two users may
 * choose the same. Throws `HttpError` 400 for a key that is none.
 */
export function requestKeyOf(
  request: IncomingMessage,
  caller: string | null,
  payload: readonly unknown[],
): RequestKey {
  const given = request.headers['idempotency-key']
  if (given === undefined) return { claimKey: randomUUID() }
  const match = typeof given === 'string' ? keyPattern.exec(given) : null
  const key = match?.[1] ?? match?.[2]
  if (key === undefined) {
    const value = 'must be one text of 1 to 255 printable ASCII characters, best a fresh UUID'
    throw new HttpError(validationFault([{ key: header, value }]))
  }
  return { claimKey: uuidOf(['key', caller, key]), payloadHash: uuidOf(['payload', ...payload]) }
}

/** The first 122 bits of a SHA-256 as a UUID of version 8, which RFC 9562 leaves to the application. */
function uuidOf(parts: readonly unknown[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
