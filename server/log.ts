import pino from 'pino'
import { messageOf } from './errors.ts'
import { plainJson } from './plain-json.ts'

export type Log = pino.Logger

/** JSON lines on standard output. What could hold a secret is cut out, wherever it is nested two levels deep. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      // Names that nobody has yet stand in lines about claims, as their clients sent them.
      hooks: { streamWrite: plainJson },
      serializers: { err: (error: unknown) => errorFields(error) },
      redact: {
        paths: ['password', '*.password', 'authorization', '*.authorization', '*.url', 'url'],
        censor: '[hidden]',
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  )
}

/**
 * What is told of an error. Drivers hang more on theirs, such as the statement and its parameters, and so passwords' hashes
 * and tokens: none of that is told.
 */
function errorFields(error: unknown, depth = 0): object | string {
  if (!(error instanceof Error)) return messageOf(error)
  const { name, stack, cause } = error
  const { code, parent } = error as { code?: unknown; parent?: { code?: unknown } }
  return {
    type: name,
    message: messageOf(error),
    code: code ?? parent?.code,
    stack,
    ...(cause !== undefined && depth < causesMax && { cause: errorFields(cause, depth + 1) }),
  }
}

const causesMax = 3
