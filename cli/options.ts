import { AppError } from '../server/errors.ts'
import { parseWhole } from './whole.ts'

/** A flag that does not fit, and the rest of the sentence "FLAG: …". */
interface FlagFault {
  readonly key: string
  readonly value: string
}

/** Reads flags that are whole numbers, and tells all their faults at once. */
export function createFlagReader() {
  const faults: FlagFault[] = []
  return {
    /** `initial` when the flag is absent. */
    whole: (
      flag: string,
      text: string | undefined,
      range: { min: number; max: number; initial: number },
    ): number => {
      if (text === undefined) return range.initial
      const value = parseWhole(text, range)
      if (value !== null) return value
      faults.push({
        key: flag,
        value: `got ${JSON.stringify(text)}, wants a whole number from ${range.min} to ${range.max}`,
      })
      return range.initial
    },
    fault: (flag: string, value: string): void => {
      faults.push({ key: flag, value })
    },
    /** Throws `AppError('invalid')` when there was any fault. */
    finish: (): void => {
      if (faults.length > 0) throw errorOfFlags(faults)
    },
  }
}

/** `AppError('invalid')` with every fault, a line each. */
export function errorOfFlags(faults: readonly FlagFault[]): AppError {
  const lines = faults.map(({ key, value }) => `${key}: ${value}.`)
  return new AppError('invalid', lines.join('\n'), { faults })
}

/** Throws `AppError('invalid')` for a word that is not one of `choices`. */
export function readWord<Choice extends string>(
  flag: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (text === undefined) return undefined
  const choice = choices.find((each) => each === text)
  if (choice !== undefined) return choice
  throw new AppError('invalid', `${flag}: got ${JSON.stringify(text)}, wants one of ${choices.join(', ')}.`)
}
