/** The document is sound, and says of routes and fields what the code says. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type Joi from 'joi'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claimStates } from '../../server/claims/life.ts'
import { couponSorts } from '../../server/coupons/sort.ts'
import { couponStates } from '../../server/coupons/state.ts'
import { loginSchema, refreshSchema, registerSchema } from '../../server/http/account-fields.ts'
import { changesSchema, newCouponSchema } from '../../server/http/coupon-fields.ts'
import { claimSchema, reasonSchema } from '../../server/http/fields.ts'
import { requestKeyOf } from '../../server/http/idempotency.ts'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import { problemsMarkdown } from '../../server/http/openapi/problem-pages.ts'
import type { Media, Schema } from '../../server/http/openapi/types.ts'
import { problems } from '../../server/http/problems.ts'
import { roles } from '../../server/users/rules.ts'
import { operationsOf, pointer } from '../support/openapi/contract.ts'
import { createAjv } from '../support/openapi/described.ts'
import { fieldDifferences } from '../support/openapi/fields.ts'
import { routesOfApp, shapeOf } from '../support/openapi/routes.ts'

const test = suite('http: OpenAPI document')
const document = openApiDocument('/api')
const operations = operationsOf(document)

/** The joi schema that reads the body of each operation. */
const bodySchemas: Readonly<Record<string, Joi.ObjectSchema>> = {
  claimCoupon: claimSchema,
  confirmClaim: reasonSchema,
  releaseClaim: reasonSchema,
  createCoupon: newCouponSchema,
  changeCoupon: changesSchema,
  registerUser: registerSchema,
  login: loginSchema,
  refreshTokens: refreshSchema,
  logout: refreshSchema,
}

interface Place {
  readonly at: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Every object of the document, with the JSON Pointer to it. */
function placesIn(value: unknown, at = ''): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.entries(value).flatMap(([key, each]) => placesIn(each, at + pointer(key)))
  return Array.isArray(value) ? below : [{ at, value: value as Place['value'] }, ...below]
}

const places = placesIn(document)
const pointers = new Set(places.map(({ at }) => at))

const ajv = createAjv()
ajv.addVocabulary(Object.keys(document))
ajv.addSchema(document, 'openapi.json')

function validatorAt(at: string) {
  return ajv.compile({ $ref: `openapi.json#${encodeURI(at)}` })
}

test('it is an OpenAPI 3.1 document by the official schema', () => {
  const official = new URL('../support/openapi/openapi-3.1.schema.json', import.meta.url)
  const judge = createAjv({ strict: false })
  judge.addFormat('media-range', true)
  // Ajv takes the wrong schema for this dynamic reference (ajv-validator/ajv#1573); it has one target here.
  const text = readFileSync(official, 'utf8').replaceAll('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"')
  const validate = judge.compile(JSON.parse(text))
  validate(document)
  assert.equal(validate.errors ?? [], [])
})

test('every reference leads somewhere, and every component is referred to', () => {
  const targets = places.flatMap(({ value }) => (typeof value.$ref === 'string' ? [value.$ref.slice(1)] : []))
  assert.equal(
    targets.filter((target) => !pointers.has(target)),
    [],
  )
  const parts = [...pointers].filter((at) => /^\/components\/(schemas|parameters|headers)\/[^/]+$/.test(at))
  assert.ok(parts.length > 50)
  assert.equal(
    parts.filter((at) => !targets.includes(at)),
    [],
  )
})

test('every schema compiles, strictly', () => {
  const schemas = [...pointers].filter((at) => /\/schema$|^\/components\/schemas\/[^/]+$/.test(at))
  assert.ok(schemas.length > 100)
  for (const at of schemas) assert.type(validatorAt(at), 'function', at)
})

test('every example is valid by its schema', () => {
  let count = 0
  const assertValid = (at: string, value: unknown): void => {
    const validate = validatorAt(at)
    assert.ok(validate(value), `${at}: ${JSON.stringify(value)} ${JSON.stringify(validate.errors)}`)
    count += 1
  }
  for (const { at, value } of places) {
    if ('schema' in value) {
      const { example, examples = {} } = value as unknown as Media
      const all = [...(example === undefined ? [] : [{ value: example }]), ...Object.values(examples)]
      for (const each of all) assertValid(`${at}/schema`, each.value)
    } else if (Array.isArray(value.examples)) {
      for (const each of value.examples) assertValid(at, each)
    }
  }
  assert.ok(count > 200)
})

test('every operation has its words, an id of its own, and its path’s parameters', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  assert.is(new Set(ids).size, ids.length)
  for (const { template, operation } of operations) {
    assert.match(operation.operationId, /^[a-z][A-Za-z]+$/)
    assert.ok(operation.summary.length > 3 && operation.description.length > 3, operation.operationId)
    const inPath = operation.parameters.flatMap((each) =>
      'name' in each && each.in === 'path' ? [each] : [],
    )
    assert.ok(inPath.every(({ required }) => required === true))
    const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    assert.equal(inPath.map(({ name }) => name).sort(), named.sort(), operation.operationId)
    for (const response of Object.values(operation.responses)) {
      assert.ok(response.description.length > 3)
      assert.ok(Object.hasOwn(response.headers ?? {}, 'Correlation-ID'))
    }
  }
})

test('every problem of the table is told by some operation', () => {
  const told = new Set(operations.flatMap(({ operation }) => operation['x-problems']))
  assert.equal(
    Object.keys(problems).filter((name) => !told.has(name) && name !== 'method_not_allowed'),
    [],
  )
})

test('the prefix of the API is the configured one, before its routes alone', () => {
  const paths = Object.keys(openApiDocument('/shop/v2').paths)
  assert.ok(paths.includes('/shop/v2/coupons/claim'))
  assert.ok(paths.includes('/healthcheck'))
  assert.not.ok(paths.some((path) => path.startsWith('/api')))
})

test('it has the routes of the application, and no other', () => {
  const described = operations.map(({ method, template }) => shapeOf(`${method} ${template}`))
  const routes = routesOfApp('/api')
  assert.ok(routes.includes('POST /api/coupons/claim'))
  assert.equal(routes, described.sort())
})

test('the fields of every body are those that joi reads, with the same bounds', () => {
  const differences = operations.flatMap(({ method, template, operation }) => {
    const { operationId: id, requestBody } = operation
    const media = requestBody?.content['application/json']
    if (media === undefined) return []
    const read = bodySchemas[id]
    if (read === undefined) return [id]
    const at = pointer('paths', template, method.toLowerCase(), 'requestBody', 'content', 'application/json')
    const isDescribed = (field: string, value: unknown) =>
      validatorAt(`${at}/schema${pointer('properties', field)}`)(value) === true
    return fieldDifferences({ described: media.schema as Schema, read, isDescribed }).map(
      (difference) => `${id}.${difference}`,
    )
  })
  assert.equal(differences, [])
})

test('choices are those of the code', () => {
  const choiceOf = (id: string, name: string) => {
    const found = operations.find(({ operation }) => operation.operationId === id)
    const parameter = found?.operation.parameters.find((each) => 'name' in each && each.name === name)
    assert.ok(parameter !== undefined && 'name' in parameter, name)
    return [...(parameter.schema.enum as string[])].sort()
  }
  assert.equal(choiceOf('listCoupons', 'sort'), [...couponSorts].sort())
  assert.equal(choiceOf('listCoupons', 'state'), [...couponStates].sort())
  assert.equal(choiceOf('listCouponClaims', 'state'), [...claimStates].sort())
  assert.equal(choiceOf('listMyClaims', 'state'), [...claimStates].sort())
  assert.equal(document.components.schemas.Role?.enum, [...roles])
})

test('an Idempotency-Key is described as it is read', () => {
  const claim = operations.find(({ operation }) => operation.operationId === 'claimCoupon')
  const parameter = claim?.operation.parameters.find(
    (each) => 'name' in each && each.name === 'Idempotency-Key',
  )
  assert.ok(parameter !== undefined && 'schema' in parameter)
  const validate = createAjv().compile(parameter.schema)
  const keys = [
    'a',
    '"a b"',
    'a,b',
    'x'.repeat(255),
    'x'.repeat(256),
    'a b',
    '"',
    '"a',
    'a"',
    '\\',
    '""',
    '"a";p=1',
  ]
  for (const key of keys) {
    const request = { headers: { 'idempotency-key': key } } as unknown as IncomingMessage
    if (validate(key)) requestKeyOf(request, null, [])
    else assert.throws(() => requestKeyOf(request, null, []), /Idempotency-Key/, key)
  }
})

test('docs/problems.md is what `npm run docs` writes', () => {
  const stored = readFileSync(new URL('../../docs/problems.md', import.meta.url), 'utf8')
  assert.is(stored, problemsMarkdown(), 'run `npm run docs`')
})

test.run()
