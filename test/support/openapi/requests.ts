/** Requests made of the document's own examples. */
import type { Parameter } from '../../../server/http/openapi/types.ts'
import type { Described } from './contract.ts'

export interface ExampleRequest {
  readonly method: string
  readonly path: string
  /** As it is sent. */
  readonly body: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** `instead` stands in the path for the example of its last parameter. */
export function exampleRequest({ method, template, operation }: Described, instead?: string): ExampleRequest {
  const inPath = operation.parameters.filter((each): each is Parameter => 'in' in each && each.in === 'path')
  const last = inPath.at(-1)
  const path = inPath.reduce((done, parameter) => {
    const value = parameter === last && instead !== undefined ? instead : String(parameter.example)
    return done.replace(`{${parameter.name}}`, value)
  }, template)
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  if (type === undefined || media === undefined) return { method, path, body: undefined, headers: {} }
  const body = type === 'application/json' ? JSON.stringify(media.example) : String(media.example)
  return { method, path, body, headers: { 'content-type': type } }
}

export function hasPathParameter({ template }: Described): boolean {
  return template.includes('{')
}
