/** Every answer that a test gets is held against the OpenAPI document, which so stays true. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { openApiDocument } from '../../../server/http/openapi/document.ts'
import type { Header, OpenApiDocument, ResponseObject } from '../../../server/http/openapi/types.ts'
import { problems } from '../../../server/http/problems.ts'
import { answerKey, createFind, type Find, pointer, responseOf } from './contract.ts'

export interface Exchange {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** What tests have seen so far: `operationId status kind`. */
export const seenAnswers = new Set<string>()

/** Throws for an answer that the document does not describe. */
export function assertDescribed(apiPrefix: string, exchange: Exchange): void {
  if (isOfNode(exchange)) return
  const contract = contractOf(apiPrefix)
  const { response, at, note } = expectedOf(contract, exchange)
  const faults = [
    ...headerFaults(contract, response, exchange),
    ...contentFaults(contract, response, at, exchange),
  ]
  if (faults.length > 0) throw new Error(`${told(exchange)} is not as described:\n  ${faults.join('\n  ')}`)
  note()
}

/** Node itself refuses what is no HTTP before there is a request to answer. */
function isOfNode({ status, headers, text }: Exchange): boolean {
  return headers['correlation-id'] === undefined && text === '' && [400, 408, 413, 417, 431].includes(status)
}

interface Contract {
  readonly document: OpenApiDocument
  readonly find: Find
  /** The validator of the schema at this JSON Pointer of the document, compiled when it is first needed. */
  validator(at: string): ValidateFunction
}

const contracts = new Map<string, Contract>()

function contractOf(apiPrefix: string): Contract {
  const known = contracts.get(apiPrefix)
  if (known !== undefined) return known
  const document = openApiDocument(apiPrefix)
  const ajv = createAjv()
  // The document is no schema itself, but holds those that are asked for by pointer.
  ajv.addVocabulary(Object.keys(document))
  ajv.addSchema(document, 'openapi.json')
  const validators = new Map<string, ValidateFunction>()
  const contract: Contract = {
    document,
    find: createFind(document),
    validator: (at) => {
      const validate = validators.get(at) ?? ajv.compile({ $ref: `openapi.json#${encodeURI(at)}` })
      validators.set(at, validate)
      return validate
    },
  }
  contracts.set(apiPrefix, contract)
  return contract
}

export function createAjv({ strict = true } = {}): Ajv2020 {
  const ajv = new Ajv2020({ strict, allowUnionTypes: true, allErrors: true })
  formats.default(ajv)
  return ajv
}

interface Expected {
  readonly response: ResponseObject
  /** Where the response is in the document. */
  readonly at: string
  note(): void
}

function expectedOf({ document, find }: Contract, exchange: Exchange): Expected {
  const { method, path, status } = exchange
  const match = find(method === 'HEAD' ? 'GET' : method, path)
  const common = (name: string): Expected => {
    const response = document.components.responses[name]
    if (response === undefined) throw new Error(`The document has no response ${name}.`)
    return { response, at: pointer('components', 'responses', name), note: () => {} }
  }
  if (match.kind === 'unknown path') {
    if (status === 404) return common('UrlNotFound')
    if (status === 400) return common('InvalidPath')
    throw new Error(`${told(exchange)} for a path that the document does not have.`)
  }
  if (match.kind === 'other method') {
    // A faulty percent-encoding is found before the method is looked at.
    if (status === 400) return common('InvalidPath')
    if (status !== 405) throw new Error(`${told(exchange)} for a method that the document does not have.`)
    const allow = String(exchange.headers.allow).split(', ').sort().join()
    const described = [...match.allowed].sort().join()
    if (allow !== described) throw new Error(`${told(exchange)} allows ${allow}, described is ${described}.`)
    return common('MethodNotAllowed')
  }
  const { template, operation } = match.described
  const response = responseOf(operation, status)
  if (response === undefined) {
    const listed = Object.keys(operation.responses).join(', ')
    throw new Error(`${told(exchange)}; the document lists ${listed} for ${operation.operationId}.`)
  }
  const at = pointer('paths', template, match.described.method.toLowerCase(), 'responses', String(status))
  const key = answerKey(operation, status, kindOf(exchange))
  return { response, at, note: () => seenAnswers.add(key) }
}

/** The original's 404 of an unknown URL tells no kind, and HEAD nothing at all. */
function kindOf({ status, text, headers }: Exchange): string | undefined {
  if (status < 400 || text === '' || !isJson(mediaTypeOf(headers))) return undefined
  const { kind, data } = JSON.parse(text) as { kind?: string; data?: unknown }
  return kind ?? (status === 404 && typeof data === 'string' ? problems.url_not_found.kind : undefined)
}

function headerFaults({ document }: Contract, response: ResponseObject, exchange: Exchange): string[] {
  return Object.entries(response.headers ?? {}).flatMap(([name, given]) => {
    const header =
      '$ref' in given ? document.components.headers[given.$ref.split('/').at(-1) ?? ''] : (given as Header)
    if (header === undefined) return [`the header ${name} is described nowhere`]
    const value = exchange.headers[name.toLowerCase()]
    if (value === undefined) return header.required === true ? [`the header ${name} is missing`] : []
    const validate = headerAjv.compile(header.schema)
    return validate(value) ? [] : messages(`header ${name}`, validate.errors)
  })
}

/** It keeps what it has compiled, by the schema's identity. */
const headerAjv = createAjv()

function contentFaults(
  contract: Contract,
  response: ResponseObject,
  at: string,
  exchange: Exchange,
): string[] {
  const { method, text, headers } = exchange
  if (method === 'HEAD') return text === '' ? [] : ['HEAD has a body']
  if (response.content === undefined) return text === '' ? [] : ['it has a body, described is none']
  const type = mediaTypeOf(headers)
  if (!Object.hasOwn(response.content, type)) {
    return [`it is ${type}, described is ${Object.keys(response.content).join(' or ')}`]
  }
  const validate = contract.validator(at + pointer('content', type, 'schema'))
  const body: unknown = isJson(type) ? JSON.parse(text) : text
  if (!validate(body)) return [...messages('body', validate.errors), text.slice(0, 500)]
  const { reference_id: id } = Object(body) as { reference_id?: string }
  return id === undefined || id === headers['correlation-id']
    ? []
    : ['reference_id is not the Correlation-ID']
}

function mediaTypeOf(headers: Exchange['headers']): string {
  return (
    String(headers['content-type'] ?? '')
      .split(';')[0]
      ?.trim() ?? ''
  )
}

function isJson(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}

function messages(what: string, errors: readonly ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map(
    ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

function told({ method, path, status }: Exchange): string {
  return `${method} ${path.length > 200 ? `${path.slice(0, 200)}…` : path} answered ${status}`
}
