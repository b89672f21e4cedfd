/** What a database or its network says, as pg hands it on. Made once: an Error costs more than the rest of a call. */
function databaseError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

export const errors = {
  refused: databaseError('ECONNREFUSED', 'connect ECONNREFUSED'),
  cut: databaseError('ECONNRESET', 'read ECONNRESET'),
  terminated: databaseError('57P01', 'terminating connection due to administrator command'),
  crashed: databaseError('57P02', 'terminating connection because of crash of another server process'),
  cancelled: databaseError('57014', 'canceling statement due to statement timeout'),
  serialization: databaseError('40001', 'another claim took the same key meanwhile'),
  full: databaseError('53300', 'sorry, too many clients already'),
  poison: databaseError('22021', 'invalid byte sequence for encoding "UTF8": 0x00'),
  /** A trigger of the owner's that is in a mood. */
  trigger: databaseError('P0001', 'not now'),
  fatal: databaseError('XX000', 'internal error'),
  poolFull: new Error('timeout exceeded when trying to connect'),
  readTimeout: new Error('Query read timeout'),
  poolEnded: new Error('Cannot use a pool after calling end on the pool'),
} as const
