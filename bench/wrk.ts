import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What wrk tells of a load with so many connections, in milliseconds; null when there is no wrk on this machine. */
export async function runWrk(
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<{ p50: number; p99: number } | null> {
  const words = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '--latency', url]
  try {
    const { stdout } = await run('wrk', words)
    return { p50: percentileOf(stdout, 50), p99: percentileOf(stdout, 99) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

/** From a line such as `     99%   12.34ms`. */
export function percentileOf(output: string, percentile: number): number {
  const found = new RegExp(`^\\s+${percentile}%\\s+([\\d.]+)(us|ms|s|m)\\s*$`, 'm').exec(output)
  return Number(found?.[1]) * (unitsMs[found?.[2] ?? ''] ?? Number.NaN)
}
