/**
 * Frames of `text/event-stream` (WHATWG HTML, "Server-sent events"). A frame is one Buffer, made once and written to all
 * who are shown the same.
 */

/** Milliseconds after which a browser connects again by itself. */
const retryMs = 1000

/** `json` is one line, as `JSON.stringify` makes it. */
export function frameOf(event: 'snapshot' | 'tick', id: string, json: string): Buffer {
  const retry = event === 'snapshot' ? `retry: ${retryMs}\n` : ''
  return Buffer.from(`event: ${event}\nid: ${id}\n${retry}data: ${json}\n\n`)
}

/** A comment, which keeps the connection in use while there is nothing to tell. */
export const beatFrame = Buffer.from(': beat\n\n')
