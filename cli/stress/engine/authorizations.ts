/** The headers of all users in memory that threads share: a copy for each thread would be most of what it needs. */
export interface PackedAuthorizations {
  /** In latin1, one after the other. */
  readonly text: SharedArrayBuffer
  /** Where each begins; one more, where the last ends. */
  readonly offsets: SharedArrayBuffer
}

export type AuthorizationOf = (user: number) => string

export function packAuthorizations(headers: readonly string[]): PackedAuthorizations {
  const offsets = new Uint32Array(new SharedArrayBuffer((headers.length + 1) * Uint32Array.BYTES_PER_ELEMENT))
  for (const [user, header] of headers.entries()) offsets[user + 1] = (offsets[user] ?? 0) + header.length
  const text = new SharedArrayBuffer(offsets.at(-1) ?? 0)
  const bytes = Buffer.from(text)
  for (const [user, header] of headers.entries()) bytes.write(header, offsets[user] ?? 0, 'latin1')
  return { text, offsets: offsets.buffer as SharedArrayBuffer }
}

/** The header of a user: one of many, the same for all, or none. */
export function readAuthorizations(
  given: readonly string[] | PackedAuthorizations | string | null,
): AuthorizationOf | null {
  if (given === null) return null
  if (typeof given === 'string') return () => given
  if (!('text' in given)) return (user) => given[user] ?? ''
  const bytes = Buffer.from(given.text)
  const offsets = new Uint32Array(given.offsets)
  return (user) => bytes.toString('latin1', offsets[user], offsets[user + 1])
}
