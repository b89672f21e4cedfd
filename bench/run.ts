/** `npm run bench`: measures, one after the other, then prints the table and writes it into docs/benchmarks.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { messageOf } from '../server/index.ts'
import { openStage, type Stage } from './bench.ts'
import type { Finding } from './finding.ts'
import { type Flags, readFlags, usage } from './flags.ts'
import { conditionsOf } from './machine.ts'
import { measures } from './measures/index.ts'
import { renderMarkdown, renderTable, replaceFigures } from './report.ts'

const page = new URL('../docs/benchmarks.md', import.meta.url)
const words = process.argv.slice(2)

try {
  const flags = readFlags(
    words,
    process.env,
    measures.map(({ name }) => name),
  )
  if (flags === null) console.log(`${usage}\n\nMeasures: ${measures.map(({ name }) => name).join(', ')}.`)
  else await run(flags)
} catch (error) {
  note(messageOf(error))
  process.exitCode = 1
}

async function run(flags: Flags): Promise<void> {
  const stage = await openStage(flags, note)
  const stop = closeOnSignal(stage)
  try {
    const findings = await measureAll(stage, flags)
    const { version, description } = stage.cluster
    const conditions = conditionsOf(words, `${version} (${description})`)
    console.log(renderTable(findings))
    if (flags.isQuick || (flags.only !== null && !flags.isWritten)) {
      note('docs/benchmarks.md is left as it is: this was not the whole bench.')
      return
    }
    const figures = renderMarkdown(findings, conditions, flags.repeats)
    await writeFile(page, replaceFigures(await readFile(page, 'utf8'), figures))
    note('Written into docs/benchmarks.md.')
  } finally {
    stop()
    await stage.close()
  }
}

async function measureAll(stage: Stage, { only }: Flags): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const measure of measures) {
    if (only !== null && !only.includes(measure.name)) continue
    note(`${measure.name} …`)
    findings.push(...(await stage.run(measure)))
  }
  return findings
}

/** Ctrl-C leaves no database and no process behind. */
function closeOnSignal(stage: Stage): () => void {
  const close = (signal: NodeJS.Signals) => {
    note('Stopping …')
    void stage
      .close()
      .catch(() => {})
      .finally(() => process.kill(process.pid, signal))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, close)
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, close)
  }
}

function note(line: string): void {
  process.stderr.write(`${line}\n`)
}
