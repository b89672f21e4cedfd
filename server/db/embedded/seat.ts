import pg from 'pg'

/** A number of our own choosing; advisory locks are told apart by it. */
const seatLock = 7_166_467

/**
 * One opener's claim on a running server: a session that holds a shared advisory lock for as long as the
 * opener lives, however it ends. States: taken -> lost (the session was cut) or left.
 */
export interface Seat {
  /** Gives the seat up. True when nobody else has one; then no other can take one before the server stops. */
  leave(): Promise<boolean>
  end(): Promise<void>
}

/**
 * Takes a seat, and creates the database of the url if it is not there.
 * @returns null when the server does not let us in or is about to stop
 */
export async function takeSeat(url: string): Promise<Seat | null> {
  const client = await login(url)
  if (client === null) return null
  let isLost = false
  client.on('error', () => {
    isLost = true
  })
  try {
    if (!(await isTrue(client, `SELECT pg_try_advisory_lock_shared(${seatLock}) AS answer`)))
      throw new Error()
    await ensureDatabase(client, new URL(url).pathname.slice(1))
  } catch {
    await endQuietly(client)
    return null
  }
  return {
    leave: () => (isLost ? isEmpty(url) : leaveWith(client)),
    end: () => endQuietly(client),
  }
}

/** Whether the server of that url lets us in. */
export async function answers(url: string): Promise<boolean> {
  const client = await login(url)
  if (client === null) return false
  await endQuietly(client)
  return true
}

async function leaveWith(client: pg.Client): Promise<boolean> {
  try {
    await client.query(`SELECT pg_advisory_unlock_shared(${seatLock})`)
    return await isTrue(client, `SELECT pg_try_advisory_lock(${seatLock}) AS answer`)
  } catch {
    return false
  }
}

/** For one whose seat was lost: the server may be gone, or still wait for its last guest to leave. */
async function isEmpty(url: string): Promise<boolean> {
  const client = await login(url)
  if (client === null) return false
  const answer = await isTrue(client, `SELECT pg_try_advisory_lock(${seatLock}) AS answer`).catch(() => false)
  await endQuietly(client)
  return answer
}

/**
 * Seats are taken in the database `postgres`: a session in coupon_db would keep it from serving as a template.
 * SCRAM proves both sides, so that a stranger on the port is not taken for our server.
 */
async function login(url: string): Promise<pg.Client | null> {
  const target = new URL(url)
  const client = new pg.Client({
    host: target.hostname,
    port: Number(target.port),
    user: target.username,
    password: target.password,
    database: 'postgres',
    application_name: 'coupon seat',
    connectionTimeoutMillis: 5_000,
    ssl: false,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch {
    return null
  }
}

async function ensureDatabase(client: pg.Client, name: string): Promise<void> {
  const exists = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1::text) AS answer`
  if (!(await isTrue(client, exists, [name])))
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
}

async function isTrue(client: pg.Client, sql: string, values: string[] = []): Promise<boolean> {
  const { rows } = await client.query<{ answer: boolean }>(sql, values)
  return rows[0]?.answer === true
}

async function endQuietly(client: pg.Client): Promise<void> {
  await client.end().catch(() => {})
}
