import { AppError } from '../server/errors.ts'
import { parseWhole } from './whole.ts'

/** Reads flags that are whole numbers, and tells all their faults at once. */
export function createFlagReader() {
  const faults: { key: string; value: string }[] = []
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
      if (faults.length === 0) return
      throw new AppError('invalid', faults.map(({ key, value }) => `${key}: ${value}.`).join('\n'), {
        faults,
      })
    },
  }
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
