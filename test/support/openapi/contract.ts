/** The document as the tests read it: its operations, found by method and path, and what each may answer. */
import {
  methods,
  type OpenApiDocument,
  type Operation,
  type ResponseObject,
} from '../../../server/http/openapi/types.ts'
import { type ProblemName, problems } from '../../../server/http/problems.ts'

export interface Described {
  readonly method: string
  readonly template: string
  readonly operation: Operation
}

export function operationsOf({ paths }: OpenApiDocument): Described[] {
  return Object.entries(paths).flatMap(([template, item]) =>
    methods.flatMap((method) => {
      const operation = item[method]
      return operation === undefined ? [] : [{ method: method.toUpperCase(), template, operation }]
    }),
  )
}

export type Match =
  | { readonly kind: 'operation'; readonly described: Described }
  | { readonly kind: 'other method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown path' }

export type Find = (method: string, path: string) => Match

export function createFind(document: OpenApiDocument): Find {
  const operations = operationsOf(document)
    .map((described) => ({ ...described, pattern: patternOf(described.template) }))
    // A concrete path goes before one with parameters, as OpenAPI says.
    .sort((a, b) => parametersIn(a.template) - parametersIn(b.template))
  return (method, path) => {
    const [pathname = ''] = pathOf(path).split('?')
    const onPath = operations.filter(({ pattern }) => pattern.test(pathname))
    const described = onPath.find((each) => each.method === method)
    if (described !== undefined) return { kind: 'operation', described }
    if (onPath.length === 0) return { kind: 'unknown path' }
    return { kind: 'other method', allowed: onPath.map((each) => each.method) }
  }
}

/** A target may be a whole URL; one without a path, or that is none, means the root. */
function pathOf(target: string): string {
  if (target.startsWith('/') || target === '*') return target
  const rest = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
  if (rest.startsWith('/')) return rest
  return rest === target ? '/' : `/${rest}`
}

function patternOf(template: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const parts = template.split(/\{\w+\}/).map(literal)
  // The page at /docs is also at /docs/.
  return new RegExp(`^${parts.join('[^/]+')}${template === '/docs' ? '/?' : ''}$`)
}

function parametersIn(template: string): number {
  return template.split('{').length
}

/** Every answer that the document lists for an operation: `operationId status kind`. */
export function answersOf(operation: Operation): string[] {
  const names = operation['x-problems'] as readonly ProblemName[]
  const faults = names.map((name) => answerKey(operation, problems[name].status, problems[name].kind))
  const ofProblems = new Set(names.map((name) => String(problems[name].status)))
  const others = Object.keys(operation.responses).filter((status) => !ofProblems.has(status))
  return [...new Set([...others.map((status) => answerKey(operation, Number(status))), ...faults])]
}

export function answerKey({ operationId }: Operation, status: number, kind?: string): string {
  return [operationId, status, ...(kind === undefined ? [] : [kind])].join(' ')
}

/** JSON Pointers write `~1` for a slash. */
export function pointer(...keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function responseOf(operation: Operation, status: number): ResponseObject | undefined {
  return operation.responses[String(status)]
}
