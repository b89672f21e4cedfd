/** `npm run simulate -- --runs N --seed S [--processes P]`: many runs; the first that breaks is told, with its replay. */
import { fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import type { Block } from './child.ts'
import { lastEvents, type ManyResult } from './many.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    processes: { type: 'string', default: '2' },
  },
})
const runs = wholeNumber('runs', values.runs)
const firstSeed = wholeNumber('seed', values.seed)
const processes = wholeNumber('processes', values.processes)
const blockRuns = 250
const eventsShown = 30
/** Runs make much garbage, all of it short-lived, and each process has a processor of its own. */
const execArgv = ['--single-threaded-gc', '--min-semi-space-size=16']

process.stdout.write(`${runs} runs from seed ${firstSeed} on, ${processes} processes\n`)
const beganMs = performance.now()
const sum = { runs: 0, steps: 0, tally: {} as Record<string, number> }
const folder = await mkdtemp(join(tmpdir(), 'coupon-simulate-'))
const broken = await runAll(await bundled()).finally(() => rm(folder, { recursive: true }))
tellFigures()
if (broken !== null) await tellBroken(broken)

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  process.stderr.write(`--${name} must be a whole number, and is "${text}".\n`)
  process.exit(2)
}

/** One file without tsx, which gives each closure its name by a call of its own: a tenth of the time of a run. */
async function bundled(): Promise<string> {
  const outfile = join(folder, 'child.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
  return outfile
}

/** Each process takes the next block when it is through with one. */
function runAll(file: string): Promise<ManyResult['broken']> {
  return new Promise((resolve, reject) => {
    let given = 0
    let working = 0
    let found: ManyResult['broken'] = null
    const children = Array.from({ length: Math.max(1, processes) }, () => fork(file, { execArgv }))
    const stop = () => {
      for (const child of children) child.disconnect()
      resolve(found)
    }
    for (const child of children) {
      child.on('error', reject)
      child.on('exit', (code) => code === 0 || reject(new Error(`A process has ended with ${code}.`)))
      child.on('message', (message) => {
        const result = message as ManyResult | null
        if (result !== null) {
          working -= 1
          add(result)
          found ??= result.broken
        }
        if (found === null && given < runs) {
          const block: Block = { firstSeed: firstSeed + given, runs: Math.min(blockRuns, runs - given) }
          given += block.runs
          working += 1
          child.send(block)
        } else if (working === 0) stop()
      })
    }
  })
}

function add({ runs: done, steps, tally }: ManyResult): void {
  const before = sum.runs
  sum.runs += done
  sum.steps += steps
  for (const [outcome, times] of Object.entries(tally)) sum.tally[outcome] = (sum.tally[outcome] ?? 0) + times
  if (Math.floor(sum.runs / 10_000) > Math.floor(before / 10_000)) tellFigures()
}

function tellFigures(): void {
  const seconds = (performance.now() - beganMs) / 1000
  const rate = Math.round(sum.runs / seconds)
  process.stdout.write(`${sum.runs} runs in ${seconds.toFixed(1)} s, ${rate} runs/s, ${sum.steps} steps\n`)
}

async function tellBroken({ seed, failure }: NonNullable<ManyResult['broken']>): Promise<void> {
  const events = await lastEvents(seed, eventsShown)
  process.stdout.write(
    `${events.join('\n')}\n\nSeed ${seed} broke at step ${failure?.step}: ${failure?.what}\n` +
      `Replay: npm run simulate -- --runs 1 --seed ${seed}\n`,
  )
  process.exitCode = 1
}
