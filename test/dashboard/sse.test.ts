import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSseParser, eventLengthMax, type StreamEvent } from '../../server/dashboard/page/live/sse.ts'

const test = suite('dashboard/sse')

function read(...texts: readonly string[]): { events: StreamEvent[]; retries: number[] } {
  const events: StreamEvent[] = []
  const retries: number[] = []
  const parser = createSseParser({
    onEvent: (event) => events.push(event),
    onRetry: (ms) => retries.push(ms),
  })
  for (const text of texts) parser.push(text)
  return { events, retries }
}

const stream = ': beat\n\nretry: 1000\nevent: tick\nid: 7\ndata: {"a":\ndata:1}\n\ndata: plain\n\n'
const told = [
  { type: 'tick', data: '{"a":\n1}', id: '7' },
  { type: 'message', data: 'plain', id: '7' },
]

test('events, their types, ids and lines; comments and empty events are passed over', () => {
  assert.equal(read(stream), { events: told, retries: [1000] })
})

test('the same with every end of a line, cut at every place', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = stream.replaceAll('\n', end)
    for (let at = 0; at <= text.length; at += 1) {
      assert.equal(
        read(text.slice(0, at), text.slice(at)).events,
        told,
        `${JSON.stringify(end)} cut at ${at}`,
      )
    }
    assert.equal(read(...text).events, told)
  }
})

test('an event that is not ended is not told', () => {
  assert.equal(read('data: half\n').events, [])
})

test('an event that never ends is refused, as one line and as many', () => {
  const megabyte = 'x'.repeat(1_000_000)
  const many = Array.from({ length: eventLengthMax / 1_000_000 + 1 }, () => megabyte)
  assert.throws(() => read('data: ', ...many), /too long/)
  assert.throws(() => read(...many.map((text) => `data: ${text}\n`)), /too long/)
})

test.run()
