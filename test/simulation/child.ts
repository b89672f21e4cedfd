/** A process that runs one seed after the other, as many as it is told. */
import { runSeeds } from './many.ts'

export interface Block {
  readonly firstSeed: number
  readonly runs: number
}

Error.stackTraceLimit = 0

process.on('message', async ({ firstSeed, runs }: Block) => {
  process.send?.(await runSeeds(firstSeed, runs))
})
process.on('disconnect', () => process.exit())
// With few runs everything may be over before this process is ready.
if (process.connected) process.send?.(null)
