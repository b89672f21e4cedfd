import { type RunResult, runOnce } from './run.ts'

export interface ManyResult {
  readonly runs: number
  readonly steps: number
  readonly tally: Readonly<Record<string, number>>
  /** The first run that broke; those after it have not been run. */
  readonly broken: RunResult | null
}

export async function runSeeds(firstSeed: number, runs: number): Promise<ManyResult> {
  const tally: Record<string, number> = {}
  let steps = 0
  for (let count = 0; count < runs; count += 1) {
    const result = await runGuarded((firstSeed + count) % 2 ** 32)
    steps += result.steps
    for (const [outcome, times] of Object.entries(result.tally))
      tally[outcome] = (tally[outcome] ?? 0) + times
    if (result.failure !== null) return { runs: count + 1, steps, tally, broken: result }
  }
  return { runs, steps, tally, broken: null }
}

/** A rejection that nobody handles would end a server, so it breaks the run. */
export async function runGuarded(seed: number, trace?: (text: string) => void): Promise<RunResult> {
  let unhandled: unknown
  const onRejection = (error: unknown) => {
    unhandled ??= error ?? 'nothing'
  }
  process.on('unhandledRejection', onRejection)
  try {
    const result = await runOnce({ seed, trace })
    // Rejections that nobody has handled are told at the end of this turn.
    await new Promise((resolve) => setImmediate(resolve))
    if (unhandled === undefined || result.failure !== null) return result
    return { ...result, failure: { what: `nobody handled: ${String(unhandled)}`, step: result.steps } }
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}

/** The events of a run, the last ones; the same seed is the same run. */
export async function lastEvents(seed: number, max: number): Promise<string[]> {
  const events: string[] = []
  await runGuarded(seed, (text) => {
    events.push(text)
  })
  const broken = events.findIndex((text) => text.includes('BROKEN'))
  return events.slice(0, broken < 0 ? undefined : broken + 1).slice(-max)
}
