import pino from 'pino'

export type Log = pino.Logger

/** JSON lines on standard output. What could hold a secret is cut out, wherever it is nested two levels deep. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['password', '*.password', 'authorization', '*.authorization', '*.url', 'url'],
        censor: '[hidden]',
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  )
}
