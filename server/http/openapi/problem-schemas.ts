import { problemType } from '../envelope.ts'
import { type Problem, type ProblemName, problems } from '../problems.ts'
import {
  problemMembers,
  problemsWithFaults,
  problemsWithoutEnvelope,
  problemsWithRetry,
} from './problem-members.ts'
import { type Schema, schemaRef } from './types.ts'

export const problemNames = Object.keys(problems) as readonly ProblemName[]

const referenceId: Schema = {
  type: 'string',
  description: "The answer's Correlation-ID, which leads to its log lines.",
}

/** `already_claimed` -> `AlreadyClaimed`. */
function pascalCase(words: string): string {
  return words.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The schema of one problem in the seed's envelope; problems that look alike there share it. */
export function envelopeName(name: ProblemName): string {
  const { status, kind } = problems[name]
  if (problemsWithoutEnvelope.has(name)) return `Plain${status}`
  return `${pascalCase(kind)}${status}${problemsWithFaults.has(name) ? 'WithFaults' : ''}`
}

export function detailsName(name: ProblemName): string {
  return `${pascalCase(name)}Problem`
}

/** Every schema that the table of problems gives rise to, by name. */
export function problemSchemas(): Record<string, Schema> {
  return {
    Fault: {
      type: 'object',
      description: 'One fault of a request.',
      properties: {
        key: { type: 'string', description: 'The field, parameter or header.', examples: ['amount'] },
        value: { type: 'string', description: 'What is wrong with it.', examples: ['must be an integer'] },
      },
      required: ['key', 'value'],
      additionalProperties: false,
    },
    ...Object.fromEntries(problemNames.map((name) => [envelopeName(name), envelopeSchema(name)])),
    ...Object.fromEntries(problemNames.map((name) => [detailsName(name), detailsSchema(name)])),
  }
}

const faults: Schema = { type: 'array', items: schemaRef('Fault'), minItems: 1 }

function envelopeSchema(name: ProblemName): Schema {
  const { status, kind } = problems[name]
  const statusSchema = { type: 'integer', const: status }
  if (problemsWithoutEnvelope.has(name)) {
    return {
      type: 'object',
      description: 'Told as the original tells it: the message as `data`.',
      properties: { status: statusSchema, data: { type: 'string' } },
      required: ['status', 'data'],
      additionalProperties: false,
    }
  }
  return {
    type: 'object',
    description: `The envelope of \`${kind}\`.`,
    properties: {
      status: statusSchema,
      message: { type: 'string', description: 'What happened, for a person.' },
      kind: { type: 'string', const: kind },
      reference_id: referenceId,
      ...(problemsWithFaults.has(name) && { optional_data: faults }),
    },
    required: ['status', 'message', 'kind', 'reference_id'],
    additionalProperties: false,
  }
}

function detailsSchema(name: ProblemName): Schema {
  const { status, kind, title, meaning }: Problem = problems[name]
  const retryAfter = { type: 'integer', minimum: 0, description: 'Seconds, as in the header Retry-After.' }
  return {
    type: 'object',
    title,
    description: meaning,
    properties: {
      type: { type: 'string', const: problemType(name) },
      title: { type: 'string', const: title },
      status: { type: 'integer', const: status },
      detail: { type: 'string', description: 'What happened, for a person.' },
      kind: { type: 'string', const: kind },
      reference_id: referenceId,
      ...(problemsWithFaults.has(name) && { errors: faults }),
      ...(problemsWithRetry.has(name) && { retry_after: retryAfter }),
      ...problemMembers[name],
    },
    required: ['type', 'title', 'status', 'detail', 'kind', 'reference_id'],
    additionalProperties: false,
  }
}
