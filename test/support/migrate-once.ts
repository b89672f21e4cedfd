/** A process that migrates the database of its argument when told to, and tells what it applied. */
import { migrateUp } from '../../server/db/migrator.ts'

process.once('message', () => {
  migrateUp(process.argv[2]!).then(
    (applied) => process.send?.({ applied }, () => process.disconnect()),
    (error: unknown) => process.send?.({ failure: String(error) }, () => process.disconnect()),
  )
})
process.send?.('ready')
