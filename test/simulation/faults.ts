import type { Random } from '../support/random.ts'

/** What can become of one statement on its way to the database and back. */
export const statementFaults = [
  /** No connection could be had. */
  'refused',
  /** The connection was lost before the statement came in. */
  'cut_before',
  /** … after the statement had ended, by its commit mostly: the answer is lost. */
  'cut_after',
  /** … and the statement comes in later, when nobody waits for it any more. */
  'late',
  /** No answer and no end of the connection; the client gives up at its time limit. */
  'silent',
  /** The database undoes it, and says so. */
  'undone',
  'full',
  /** Somebody ends the session under way. */
  'terminated',
  /** A trigger refuses the values, this once. */
  'trigger',
  'fatal',
  /** One result too few. */
  'short',
  'slow',
] as const

export type StatementFault = (typeof statementFaults)[number]

export interface Faults {
  /** What becomes of the next statement. */
  draw(): StatementFault | null
  readonly mayBeShort: boolean
  heal(): void
}

/** Some kinds at a time: a run in which everything fails tells little. */
export function createFaults(
  random: Random,
  percent: number,
  kinds: readonly StatementFault[] = statementFaults.filter(() => random.next(3) === 0),
): Faults {
  let isHealed = percent === 0 || kinds.length === 0
  return {
    draw: () => {
      if (isHealed || random.next(100) >= percent) return null
      return kinds[random.next(kinds.length)] ?? null
    },
    mayBeShort: kinds.includes('short'),
    heal: () => {
      isHealed = true
    },
  }
}
