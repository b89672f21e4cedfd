/** What is fuzzed: a real server in each mode of `auth`, each over a database of its own, and what must hold of it. */
import { auditCoupons } from '../../server/db/audit.ts'
import { seedUsers } from '../../server/db/seeding.ts'
import { addCoupon } from '../support/database.ts'
import { pageAssets } from '../support/page.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { tokenOf } from '../support/tokens.ts'
import { type Caller, couponNames, type FuzzRequest, usersMax } from './requests.ts'

export interface Target {
  /** Throws for an answer that must not be. Resolves to its status, or null for what no client can send. */
  try(request: FuzzRequest): Promise<number | null>
  /** Throws when the servers are not alive, or the databases do not add up. */
  assertSound(): Promise<void>
  close(): Promise<void>
}

export async function openTarget(): Promise<Target> {
  const servers = { open: await openServer('open'), token: await openServer('token') }
  const both = Object.values(servers)
  return {
    try: async (request) => {
      const answer = await send(servers[request.mode], request)
      // The document lists them wherever there can be one, and they would pass as described; but nothing is out of reach here.
      if (answer !== null && answer >= 500) throw new Error(`It is answered ${answer}.`)
      return answer
    },
    assertSound: async () => {
      for (const server of both) await assertSound(server)
    },
    close: async () => {
      for (const server of both) await server.close()
    },
  }
}

async function openServer(auth: 'open' | 'token'): Promise<TestServer> {
  const server = await startTestServer({ auth, assets: pageAssets })
  await seedUsers(server.database.pool, { count: usersMax })
  // Some are soon sold out, some never.
  for (const [n, name] of couponNames.entries()) await addCoupon(server.database.pool, name, 1 + n * n)
  return server
}

async function send(server: TestServer, request: FuzzRequest): Promise<number | null> {
  const { method, path, body, headers } = request
  const authorization = authorizations[request.caller]
  try {
    const bytes = body instanceof Uint8Array ? Buffer.from(body) : body
    const all = { ...headers, ...(authorization !== undefined && { authorization }) }
    return (await server.send(method, path, bytes, all)).status
  } catch (error) {
    // undici sends no header with a control character, and no path with a space.
    if ((error as { code?: unknown }).code === 'UND_ERR_INVALID_ARG') return null
    throw error
  }
}

const [header, payload] = tokenOf('user_1', 'admin').split('.')

const authorizations: Readonly<Record<Caller, string | undefined>> = {
  nobody: undefined,
  user: `Bearer ${tokenOf('user_1')}`,
  admin: `Bearer ${tokenOf('root', 'admin')}`,
  forged: `Bearer ${tokenOf('root', 'admin', 'another secret that has more than 32 bytes')}`,
  unsigned: `Bearer ${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url') || header}.${payload}.`,
}

async function assertSound({ database: { pool }, ...server }: TestServer): Promise<void> {
  const { status, text } = await server.get('/readyz')
  if (status !== 200) throw new Error(`After it the server is not ready: ${text}`)
  const broken = (await auditCoupons(pool)).filter(({ passed }) => !passed)
  if (broken.length > 0) throw new Error(`After it the stock is wrong: ${JSON.stringify(broken)}`)
  const { rows } = await pool.query(`SELECT username FROM users WHERE role <> 'user'`)
  if (rows.length > 0) throw new Error(`After it there are admins: ${JSON.stringify(rows)}`)
}
