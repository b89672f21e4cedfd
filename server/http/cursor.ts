import { createHash } from 'node:crypto'
import { HttpError } from './errors.ts'

/**
 * Where the next page begins, as opaque text: the last id, and a digest of it and of the list it belongs to. The digest is
 * no secret. It tells a cursor that was cut, changed or taken from another list from one of ours.
 */
export function writeCursor(list: string, id: string): string {
  return Buffer.from(`${id}.${digestOf(list, id)}`).toString('base64url')
}

/** Of a claim: whoever can make a digest can make it of any number, and more digits would not fit a bigint. */
const idPattern = /^([1-9]\d{0,17})\./

/** The id, or null without a cursor. Throws `HttpError` 400 for one that is not of this list. */
export function readCursor(list: string, cursor: string | null): string | null {
  if (cursor === null || cursor === '') return null
  const [, id = ''] = idPattern.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (id !== '' && writeCursor(list, id) === cursor) return id
  const faults = [{ key: 'cursor', value: 'must be the next_cursor of the page before, unchanged' }]
  const message = 'The cursor is not one of this list.'
  throw new HttpError({ problem: 'invalid_request', message, faults })
}

function digestOf(list: string, id: string): string {
  return createHash('sha256').update(`${list}\n${id}`).digest('base64url').slice(0, 12)
}
