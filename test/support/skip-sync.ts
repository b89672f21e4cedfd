import pg from 'pg'

/**
 * What a power failure would lose is lost anyway with this run, and a slow disk spends minutes on it. What the tests
 * kill are sessions and their own servers; whatever was committed outlives those without it.
 */
export async function skipSync(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('ALTER SYSTEM SET fsync = off')
  await client.query('SELECT pg_reload_conf()')
  await client.end()
}
