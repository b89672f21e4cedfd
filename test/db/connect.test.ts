import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectPool, warmPool } from '../../server/db/connect.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const test = suite('db: connections')

test('a pool is warmed as far as the database answers, and can end afterwards', async () => {
  const database = await createTestDatabase()
  const proxy = await startTcpProxy(database.url)
  try {
    const pool = connectPool(proxy.url, { max: 3, timeoutMs: 300 })
    await pool.query('SELECT 1')
    proxy.freeze()
    await warmPool(pool)
    assert.is(pool.idleCount, 1)
    proxy.thaw()
    await warmPool(pool)
    assert.is(pool.idleCount, 3)
    await pool.end()
  } finally {
    await proxy.close()
    await database.close()
  }
})

test('transactions read what is committed, whatever the default of the database is', async () => {
  const database = await createTestDatabase()
  const pool = connectPool(database.url, { max: 1 })
  try {
    await database.pool.query(
      `ALTER DATABASE ${database.name} SET default_transaction_isolation = 'serializable'`,
    )
    const { rows } = await pool.query('SHOW transaction_isolation')
    assert.equal(rows, [{ transaction_isolation: 'read committed' }])
  } finally {
    await pool.end()
    await database.close()
  }
})

test.run()
