/** What chaos does to a Postgres of its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectPool } from '../../server/db/connect.ts'
import { freezeServer } from '../../server/db/embedded/freeze.ts'
import { openTemporaryPostgres } from '../../server/db/embedded/index.ts'
import { processesNaming } from '../support/processes.ts'

const test = suite<{ root: string }>('embedded Postgres: control')

test.before.each(async (context) => {
  context.root = await mkdtemp(join(await realpath(tmpdir()), 'embedded-test-'))
  // Root runs Postgres as somebody else, who must be able to pass through.
  await chmod(context.root, 0o755)
})

test.after.each(({ root }) => rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))

/** What the database says, or why it says nothing. */
async function ask(url: string, sql: string): Promise<unknown> {
  const pool = connectPool(url, { max: 1, timeoutMs: 300 })
  try {
    return (await pool.query(sql)).rows
  } catch (error) {
    return error instanceof Error ? 'nothing' : error
  } finally {
    await pool.end()
  }
}

test('crashed and started again at its address with all that was committed; frozen and thawed; closed while frozen', async ({
  root,
}) => {
  const { url, control, close } = await openTemporaryPostgres({}, { tempFolder: root })
  await ask(url, 'CREATE TABLE kept AS SELECT 1 AS one')
  await control.crash()
  await control.crash()
  assert.is(await ask(url, 'SELECT 1'), 'nothing')
  await control.start()
  await control.start()
  assert.equal(await ask(url, 'SELECT one FROM kept'), [{ one: 1 }])

  control.freeze()
  assert.is(await ask(url, 'SELECT one FROM kept'), 'nothing')
  control.thaw()
  assert.equal(await ask(url, 'SELECT one FROM kept'), [{ one: 1 }])

  control.freeze()
  await close()
  assert.equal(processesNaming(root), [])
  assert.equal(readdirSync(root), [])
})

test('one that was frozen when its opener was killed is found and removed by the next', async ({ root }) => {
  const opener = fork(fileURLToPath(new URL('../support/postgres-opener.ts', import.meta.url)), [
    '--temporary',
    root,
  ])
  await once(opener, 'message')
  const folder = join(root, readdirSync(root)[0]!)
  freezeServer(join(folder, 'postgres'))
  opener.kill('SIGKILL')
  await once(opener, 'exit')
  const { close } = await openTemporaryPostgres({}, { tempFolder: root })
  assert.not(existsSync(folder))
  await close()
  assert.equal(processesNaming(root), [])
})

test.run()
