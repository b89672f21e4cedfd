/** One event of a text/event-stream. */
export interface StreamEvent {
  readonly type: string
  readonly data: string
  /** The last id that was seen, as of this event. */
  readonly id: string
}

export interface SseParser {
  /** Takes the next text, cut anywhere. Throws for an event of more than `eventLengthMax` characters. */
  push(text: string): void
}

export interface SseHandlers {
  readonly onEvent: (event: StreamEvent) => void
  readonly onRetry?: (ms: number) => void
}

/** Far more than a snapshot of 200 coupons has; a stream that never ends an event must not fill the memory. */
export const eventLengthMax = 4_000_000

/** By the rules of the HTML standard, section 9.2.6, for a body that `EventSource` could not ask for: it sends no token. */
export function createSseParser({ onEvent, onRetry = () => {} }: SseHandlers): SseParser {
  let rest = ''
  let type = ''
  let data: string[] = []
  let dataLength = 0
  let id = ''
  let endedWithCr = false

  function takeLine(line: string): void {
    if (line === '') {
      dispatch()
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') type = value
    else if (field === 'data') addData(value)
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value))
  }

  function addData(value: string): void {
    data.push(value)
    dataLength += value.length
    if (dataLength > eventLengthMax) throw new Error('An event of the stream is too long.')
  }

  function dispatch(): void {
    const event = { type: type === '' ? 'message' : type, data: data.join('\n'), id }
    const isEmpty = data.length === 0
    type = ''
    data = []
    dataLength = 0
    if (!isEmpty) onEvent(event)
  }

  return {
    push(text) {
      // The line feed of a CRLF that was cut in two.
      const fresh = endedWithCr && text.startsWith('\n') ? text.slice(1) : text
      if (text !== '') endedWithCr = text.endsWith('\r')
      const lines = (rest + fresh).split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      if (rest.length > eventLengthMax) throw new Error('An event of the stream is too long.')
      for (const line of lines) takeLine(line)
    },
  }
}
