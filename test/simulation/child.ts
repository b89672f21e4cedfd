/** A process that runs one seed after the other, as many as it is told. */
import './without-names.ts'

// Loaded afterwards, so that its closures are made without names.
const { runSeeds } = await import('./many.ts')

export interface Block {
  readonly firstSeed: number
  readonly runs: number
}

process.on('message', async ({ firstSeed, runs }: Block) => {
  process.send?.(await runSeeds(firstSeed, runs))
})
process.on('disconnect', () => process.exit())
// With few runs everything may be over before this process is ready.
if (process.connected) process.send?.(null)
