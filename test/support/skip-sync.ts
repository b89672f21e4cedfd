import pg from 'pg'

/**
 * What a power failure would lose is lost anyway with this run, and a slow disk spends minutes on it. What the tests
 * kill are sessions and their own servers; whatever was committed outlives those without it.
 */
export async function skipSync(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // A copy of a database is 8 MB of log: a small one is used again and again, which is quicker than to write new files.
  for (const setting of ['fsync = off', 'full_page_writes = off', "max_wal_size = '256MB'"])
    await client.query(`ALTER SYSTEM SET ${setting}`)
  await client.query('SELECT pg_reload_conf()')
  await client.end()
}
