/** `node --import tsx bench/profile.ts FILE…`: where the time of a CPU profile went, for docs/benchmarks.md. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** What `--cpu-prof` writes, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

export interface SelfTime {
  readonly what: string
  /** Of the time in which the process was not idle. */
  readonly share: number
}

/** The functions that took most of the time themselves, most first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '(unknown)'
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  times.delete('(idle)')
  const busyUs = [...times.values()].reduce((sum, us) => sum + us, 0)
  return [...times]
    .map(([what, us]) => ({ what, share: us / busyUs }))
    .sort((one, other) => other.share - one.share)
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  const file = url.replace(/^.*\/coupon-bench-\d+\//, '').replace(/^.*\/node_modules\//, '')
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`
}

const shown = 25

function print(file: string): void {
  console.log(`${file}\n`)
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
  for (const { what, share } of selfTimes(profile).slice(0, shown))
    console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${what}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.argv.slice(2).forEach(print)
