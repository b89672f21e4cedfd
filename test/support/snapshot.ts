import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'

/** Holds a text against test/cli/snapshots/NAME.txt; with UPDATE_SNAPSHOTS=1 it is written there, to be read in the diff. */
export function assertSnapshot(name: string, text: string): void {
  const file = fileURLToPath(new URL(`../cli/snapshots/${name}.txt`, import.meta.url))
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${text}\n`)
  }
  assert.fixture(`${text}\n`, readFileSync(file, 'utf8'))
}
