/**
 * What a failed attempt to write left behind:
 * - `rolled_back`: nothing was changed, and another attempt may succeed;
 * - `unknown`: it was sent and the answer lost, so it may have been committed;
 * - `rejected`: the database refused these very values, so another attempt would be refused too;
 * - `fatal`: none of these; a fault nobody foresaw.
 */
export type Fate = 'rolled_back' | 'unknown' | 'rejected' | 'fatal'

/**
 * SQLSTATEs after which the transaction is undone and a retry makes sense: serialization failure and deadlock
 * (40), lock not available (55P03), statement cancelled or timed out (57014), server starting or stopping
 * (57P03), no resources (53), authentication or database not there yet (28, 3D), a read-only standby (25006),
 * and a unique violation (23505), which a claim can only meet in a race and which the next attempt sees.
 * Source: PostgreSQL documentation, appendix "PostgreSQL Error Codes".
 */
const rolledBack = /^(40...|55P03|57014|57P03|53...|28...|3D...|25006|23505)$/

/** The connection was lost or the server ended it: 08 and the shutdown codes. */
const connectionLost = /^(08...|57P0[125])$/

/** Data exceptions, integrity violations, errors raised by a trigger. */
const rejected = /^(22|23|44|P0)...$/

/** Faults of node:net that happen before anything is sent. */
const neverSent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EMFILE)$/

const cutWhileSent = /^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED)$/

/** pg tells these by their text alone. */
const connectTimedOut =
  /timeout exceeded when trying to connect|Connection terminated due to connection timeout/
const connectionEnded =
  /Connection terminated|Query read timeout|Client has encountered a connection error|Client was closed/

export function fateOf(error: unknown): Fate {
  if (!(error instanceof Error)) return 'fatal'
  if (error instanceof AggregateError && error.errors.length > 0) return fateOf(error.errors[0])
  const code = String((error as { code?: unknown }).code ?? '')
  if (rolledBack.test(code) || neverSent.test(code)) return 'rolled_back'
  if (connectionLost.test(code) || cutWhileSent.test(code)) return 'unknown'
  if (rejected.test(code)) return 'rejected'
  if (connectTimedOut.test(error.message)) return 'rolled_back'
  if (connectionEnded.test(error.message)) return 'unknown'
  return 'fatal'
}

/** What an outage left behind, as in `Fate`. */
export type Outage = 'rolled_back' | 'unknown'

/** Of an error that says that the database cannot be reached or used right now; null for any other. */
export function outageOf(error: unknown): Outage | null {
  const fate = fateOf(error)
  if (fate === 'unknown') return fate
  return fate === 'rolled_back' && (error as { code?: unknown }).code !== '23505' ? fate : null
}

/** True when a statement broke a unique constraint. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '23505'
}

/** True when a claim was refused since somebody has won its lock after it (migrations/0014). */
export function isFenced(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'LF001'
}
