/**
 * A process that opens an embedded Postgres, tells its url, and closes it when told or is killed. Arguments:
 * a kept folder, or `--temporary` and the folder for temporary ones.
 */
import { openEmbeddedPostgres, openTemporaryPostgres } from '../../server/db/embedded/index.ts'

const [first = '', tempFolder] = process.argv.slice(2)
const postgres =
  first === '--temporary'
    ? await openTemporaryPostgres({}, { tempFolder })
    : await openEmbeddedPostgres({ folder: first, lifetime: 'kept' })

process.once('message', () => {
  void postgres.close().then(() => process.disconnect())
})
process.send?.({ url: postgres.url, isNew: postgres.isNew })
