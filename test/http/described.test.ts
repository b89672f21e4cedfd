/** The judge of every answer must find fault, or its silence says nothing. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertDescribed, type Exchange } from '../support/openapi/described.ts'

const test = suite('http: answers as described')

const good: Exchange = {
  method: 'GET',
  path: '/api/coupons?page=1',
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8', 'correlation-id': 'x' },
  text: '{"status":200,"data":{"data":[],"meta":{"page":1,"per_page":0,"page_count":0,"total":0}}}',
}
const fault = { status: 400, message: 'x', kind: 'validation_error', reference_id: 'x' }
const json = (value: object) => JSON.stringify(value)

test('an answer as described passes', () => {
  assertDescribed('/api', good)
  assertDescribed('/api', { ...good, status: 400, text: json(fault) })
})

const wrong: Readonly<Record<string, [change: Partial<Exchange>, what: string]>> = {
  'a status that is not listed': [{ status: 418 }, 'answered 418; the document lists'],
  'a success for a path that is not there': [{ path: '/nothing' }, 'a path that the document does not have'],
  'a success for a method that is not there': [{ method: 'PUT' }, 'a method that the document does not have'],
  'another media type': [{ headers: { ...good.headers, 'content-type': 'text/html' } }, 'it is text/html'],
  'a header too few': [{ headers: { 'content-type': 'application/json' } }, 'Correlation-ID is missing'],
  'a member too many': [{ text: good.text.replace('"data":[]', '"data":[],"x":1') }, 'additional properties'],
  'a member too few': [{ text: '{"status":200}' }, "must have required property 'data'"],
  'a member of another type': [{ text: good.text.replace('"page":1', '"page":"1"') }, 'must be integer'],
  'another status in the body': [{ text: good.text.replace('200', '201') }, 'must be equal to constant'],
  'another kind': [{ status: 400, text: json({ ...fault, kind: 'conflict_error' }) }, 'equal to constant'],
  'another reference': [
    { status: 400, text: json({ ...fault, reference_id: 'y' }) },
    'reference_id is not the Correlation-ID',
  ],
  '503 without Retry-After': [
    { status: 503, text: json({ ...fault, status: 503, kind: 'service_unavailable_error' }) },
    'Retry-After is missing',
  ],
  '405 with other methods than described': [
    { method: 'PUT', status: 405, headers: { ...good.headers, allow: 'GET' } },
    'allows GET, described is GET,POST',
  ],
}
for (const [what, [change, words]] of Object.entries(wrong)) {
  test(`${what} is found`, () => {
    assert.throws(
      () => assertDescribed('/api', { ...good, ...change }),
      (error: Error) => error.message.includes(words) || assert.unreachable(error.message),
    )
  })
}

test('what Node answers before there is a request is not described', () => {
  assertDescribed('/api', { ...good, status: 431, headers: { connection: 'close' }, text: '' })
})

test.run()
