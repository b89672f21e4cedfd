import type { Ui } from './ui.ts'

/** What every command gets beside its flags. */
export interface CommandContext {
  readonly ui: Ui
  /** Aborted by Ctrl-C, by SIGTERM, and when the process that started this one is gone. */
  readonly signal: AbortSignal
}

/** A command resolves to its exit code; it throws `AppError` for what keeps it from a result. */
export type CommandAction<Flags> = (flags: Flags, context: CommandContext) => Promise<number>

/** Each stands in `coupon help exit-codes` with the words of `exitMeanings`. */
export const exitCodes = {
  good: 0,
  checkFailed: 1,
  usage: 2,
  unreachable: 3,
  warned: 4,
  /** As k6 has it. */
  thresholdCrossed: 99,
  interrupted: 130,
} as const

export const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  good: 'good',
  checkFailed: 'a check failed',
  usage: 'usage or configuration',
  unreachable: 'something needed cannot be reached',
  warned: '"coupon doctor" found warnings, and nothing worse',
  thresholdCrossed: 'a threshold of "coupon stress" was crossed',
  interrupted: 'interrupted',
}
