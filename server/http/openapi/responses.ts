import { problemType } from '../envelope.ts'
import { type ProblemName, problems } from '../problems.ts'
import { answersIds } from './ids.ts'
import { problemsWithFaults, problemsWithoutEnvelope, problemsWithRetry } from './problem-members.ts'
import { detailsName, envelopeName } from './problem-schemas.ts'
import { type Example, type Header, type ResponseObject, type Schema, schemaRef } from './types.ts'

/** The responses of some problems, by status; each with both of its media types. */
export function problemResponses(names: readonly ProblemName[]): Record<string, ResponseObject> {
  const statuses = [...new Set(names.map((name) => problems[name].status))]
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      problemResponse(names.filter((name) => problems[name].status === status)),
    ]),
  )
}

/** `names` have one status. */
export function problemResponse(names: readonly ProblemName[]): ResponseObject {
  const envelopes = [...new Set(names.map(envelopeName))].map(schemaRef)
  return {
    description: names
      .map((name) => `**${name}**: ${problems[name].title}. ${problems[name].meaning}`)
      .join('\n\n'),
    headers: { ...answersIds, ...headersOf(names) },
    content: {
      'application/json': { schema: oneOf(envelopes), examples: examplesOf(names, envelopeExample) },
      'application/problem+json': {
        schema: oneOf(names.map((name) => schemaRef(detailsName(name)))),
        examples: examplesOf(names, detailsExample),
      },
    },
  }
}

function oneOf(schemas: readonly Schema[]): Schema {
  return schemas.length === 1 ? { ...schemas[0] } : { anyOf: schemas }
}

/** A header is required when every problem of the status has it. */
function headersOf(names: readonly ProblemName[]): Record<string, Header> {
  const headers: Record<string, Header> = {}
  const retried = names.filter((name) => problemsWithRetry.has(name))
  if (retried.length > 0) {
    headers['Retry-After'] = {
      description: 'Seconds until it is worth asking again.',
      required: retried.length === names.length,
      schema: { type: 'string', pattern: '^\\d+$', examples: ['1'] },
    }
  }
  const { status } = problems[names[0] ?? 'internal_error']
  if (status === 401) {
    headers['WWW-Authenticate'] = {
      description: 'How to authenticate.',
      required: true,
      schema: { type: 'string', pattern: '^Bearer', examples: ['Bearer'] },
    }
  }
  if (status === 405) {
    headers.Allow = {
      description: 'The methods of this path.',
      required: true,
      schema: { type: 'string', examples: ['GET, POST'] },
    }
  }
  return headers
}

function examplesOf(
  names: readonly ProblemName[],
  example: (name: ProblemName) => object,
): Record<string, Example> {
  return Object.fromEntries(
    names.map((name) => [name, { summary: problems[name].title, value: example(name) }]),
  )
}

const referenceId = '5f0c954c-0e4e-4a0c-9f0e-6f6c1c1f7c55'
const faultExample = [{ key: 'amount', value: 'must be a number' }]

function envelopeExample(name: ProblemName): object {
  const { status, kind, title } = problems[name]
  if (problemsWithoutEnvelope.has(name)) return { status, data: title }
  return {
    status,
    message: title,
    kind,
    reference_id: referenceId,
    ...(problemsWithFaults.has(name) && { optional_data: faultExample }),
  }
}

function detailsExample(name: ProblemName): object {
  const { status, kind, title } = problems[name]
  return {
    type: problemType(name),
    title,
    status,
    detail: title,
    kind,
    reference_id: referenceId,
    ...(problemsWithFaults.has(name) && { errors: faultExample }),
    ...(problemsWithRetry.has(name) && { retry_after: 1 }),
  }
}
