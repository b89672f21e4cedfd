import { setTimeout as pause } from 'node:timers/promises'

/** Polls until the condition holds; fails, saying what was awaited, after the time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  for (const giveUpMs = Date.now() + timeoutMs; !(await condition()); await pause(20)) {
    if (Date.now() > giveUpMs) throw new Error(`Not within ${timeoutMs} ms: ${what}`)
  }
}
