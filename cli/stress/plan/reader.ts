import { parseWhole } from '../../whole.ts'
import { number } from '../../words.ts'

/** One flag that does not fit, and the rest of the sentence "FLAG: …". */
export interface PlanFault {
  readonly key: string
  readonly value: string
}

/** How the text of a flag becomes a value. */
export interface Rule<T> {
  /** Null for a text that does not fit. */
  readonly parse: (text: string) => T | null
  /** The rest of the sentence "wants …". */
  readonly wants: string
  /** Taken when the flag is absent, and for the rest of the reading when it does not fit. */
  readonly initial: T
}

export interface Range {
  readonly min: number
  readonly max: number
  readonly initial: number
}

/** Reads flags and keeps every fault, so that all of them are told at once. */
export interface PlanReader {
  readonly faults: readonly PlanFault[]
  fault(flag: string, value: string): void
  value<T>(flag: string, text: string | undefined, rule: Rule<T>): T
  whole(flag: string, text: string | undefined, range: Range): number
}

export function createPlanReader(): PlanReader {
  const faults: PlanFault[] = []
  const fault = (key: string, value: string) => {
    faults.push({ key, value })
  }
  const value = <T>(flag: string, text: string | undefined, rule: Rule<T>): T => {
    if (text === undefined) return rule.initial
    const read = rule.parse(text)
    if (read !== null) return read
    fault(flag, `got ${quote(text)}, wants ${rule.wants}`)
    return rule.initial
  }
  return {
    faults,
    fault,
    value,
    whole: (flag, text, { min, max, initial }) =>
      value(flag, text, {
        parse: (digits) => parseWhole(digits, { min, max }),
        wants: `a whole number from ${min} to ${number(max)}`,
        initial,
      }),
  }
}

/** What was said, cut short: it is part of a line on a terminal. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text)
}
