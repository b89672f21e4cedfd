import type { Ui } from './ui.ts'

/** What every command gets beside its flags. */
export interface CommandContext {
  readonly ui: Ui
  /** Aborted by Ctrl-C, by SIGTERM, and when the process that started this one is gone. */
  readonly signal: AbortSignal
}

/** A command resolves to its exit code; it throws `AppError` for what keeps it from a result. */
export type CommandAction<Flags> = (flags: Flags, context: CommandContext) => Promise<number>

/**
 * 0 good; 1 a check failed; 2 usage or configuration; 3 something needed cannot be reached; 99 a threshold crossed, as
 * k6 has it; 130 interrupted.
 */
export const exitCodes = {
  good: 0,
  checkFailed: 1,
  usage: 2,
  unreachable: 3,
  thresholdCrossed: 99,
  interrupted: 130,
} as const
