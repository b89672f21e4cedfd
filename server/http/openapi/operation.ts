import { type ProblemName, problems } from '../problems.ts'
import { answersIds, takesIds } from './ids.ts'
import { problemResponses } from './responses.ts'
import type { Header, Media, Operation, Parameter, RequestBody, ResponseObject, Schema } from './types.ts'

export interface OperationSpec {
  /** The name that generators of clients give it. */
  readonly id: string
  readonly tag: 'claims' | 'coupons' | 'accounts' | 'live' | 'health' | 'documentation'
  /** Who may ask in token mode; in open mode everybody may. */
  readonly access: 'public' | 'user' | 'admin'
  readonly summary: string
  readonly description: string
  readonly parameters?: readonly Parameter[]
  readonly body?: RequestBody
  readonly responses: Readonly<Record<number, ResponseObject>>
  /** Those of its own; what every operation of its access and body may answer is added here. */
  readonly problems?: readonly ProblemName[]
}

/** The one place where an operation gets what it has in common with others. */
export function operation(spec: OperationSpec): Operation {
  const { id, tag, access, summary, description, parameters = [], body } = spec
  const names = problemsOf(spec)
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: `${description}\n\n${accessWords[access]}`.trim(),
    security: access === 'public' ? [] : [{ bearer: [] }],
    parameters: [...parameters, ...takesIds],
    ...(body !== undefined && { requestBody: body }),
    responses: { ...spec.responses, ...problemResponses(names) },
    'x-problems': names,
  }
}

/** What a database can do to whoever writes. */
export const written: readonly ProblemName[] = ['unavailable', 'outcome_unknown']

const accessWords = {
  public: '',
  user: 'For any signed-in user; for everybody in open mode.',
  admin: 'For the role `admin`; for everybody in open mode.',
} as const

function problemsOf({ access, body, parameters = [], problems: own = [] }: OperationSpec): ProblemName[] {
  const names = new Set<ProblemName>(own)
  if (access !== 'public') names.add('unauthenticated')
  if (access === 'admin') names.add('forbidden')
  // A path's percent-encoding can be at fault.
  if (body !== undefined || parameters.some((each) => each.in === 'path')) names.add('invalid_request')
  if (body !== undefined) {
    for (const name of ['body_too_large', 'unsupported_body'] as const) names.add(name)
    // What is wrong in a CSV is told by its line, as a fault of the request.
    if (Object.hasOwn(body.content, 'application/json')) names.add('malformed_body')
  }
  names.add('internal_error')
  return [...names].sort((a, b) => problems[a].status - problems[b].status)
}

export interface SuccessSpec {
  readonly description: string
  readonly status?: number
  /** The schema of `data`; none without it. */
  readonly data?: Schema
  readonly isDataOptional?: boolean
  readonly isMessageRequired?: boolean
  readonly example: unknown
  readonly headers?: Readonly<Record<string, Header>>
}

/** A success in the seed's envelope. */
export function success(spec: SuccessSpec): ResponseObject {
  const { description, status = 200, data, example, headers } = spec
  const required = ['status']
  if (data !== undefined && spec.isDataOptional !== true) required.push('data')
  if (spec.isMessageRequired === true) required.push('message')
  const schema = {
    type: 'object',
    properties: {
      status: { type: 'integer', const: status },
      ...(data !== undefined && { data }),
      message: { type: 'string', description: 'What was done, for a person.' },
    },
    required,
    additionalProperties: false,
  }
  return content(description, { 'application/json': { schema, example } }, headers)
}

/** A response with the headers of every answer. */
export function content(
  description: string,
  media: Readonly<Record<string, Media>> | undefined,
  headers: Readonly<Record<string, Header>> = {},
): ResponseObject {
  return {
    description,
    headers: { ...answersIds, ...headers },
    ...(media !== undefined && { content: media }),
  }
}

/** A body in JSON; its Content-Type is not looked at, as in the original. */
export function jsonBody(schema: Schema, example: unknown, { isRequired = true } = {}): RequestBody {
  const others = schema.additionalProperties === false ? 'a fault' : 'ignored'
  return {
    description: `At most 10 kB. Fields that are not named here are ${others}; of a key that comes twice the last counts.`,
    required: isRequired,
    content: { 'application/json': { schema, example } },
  }
}
