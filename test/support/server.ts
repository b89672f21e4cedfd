import { randomUUID } from 'node:crypto'
import { type Dispatcher, Pool } from 'undici'
import type { AuthMode } from '../../server/config/auth-modes.ts'
import type { Config } from '../../server/config.ts'
import type { Assets } from '../../server/dashboard/asset.ts'
import { createLog, type Log } from '../../server/log.ts'
import { openServer } from '../../server/server.ts'
import type { Role } from '../../server/users/rules.ts'
import { defaults } from './claim-bench.ts'
import { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './database.ts'
import { assertDescribed } from './openapi/described.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { bearerOf, testSecret } from './tokens.ts'

/** A real server on a free port over a fresh database. */
export interface TestServer {
  readonly url: string
  readonly database: TestDatabase
  readonly config: Config
  /** Before the database, when it was asked for. */
  readonly proxy: TcpProxy | undefined
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** A text or bytes are sent as they are, anything else as JSON. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** The body as in `post`, without a Content-Type of its own. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** The header of a signed-in user, whether or not there is one of that name. */
  as(username: string, role?: Role): Record<string, string>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON; throws when it is none. */
  readonly body: Json
}

export type Json = { readonly [key: string]: unknown }

export interface TestServerOptions extends TestDatabaseOptions {
  readonly claim?: Partial<Config['claim']>
  /** `open`, as the original, when it is not said. */
  readonly auth?: AuthMode
  readonly accessTokenMs?: number
  readonly refreshTokenMs?: number
  /** Nothing is limited when it is not said. */
  readonly rateLimit?: Partial<Config['rateLimit']>
  readonly trustProxy?: number
  readonly corsOrigins?: readonly string[]
  /** The page; none when it is not said. */
  readonly assets?: Assets
  /** False turns the page off, also with assets. */
  readonly hasDashboard?: boolean
  /** Streams at most. */
  readonly watchersMax?: number
  /** False turns /metrics off. */
  readonly hasMetrics?: boolean
  readonly redisUrl?: string
  readonly connectionsMax?: number
  readonly timeoutMs?: number
  /** Puts a TCP proxy between the server and its database. */
  readonly hasProxy?: boolean
  /** Nothing is logged when it is not said. */
  readonly log?: Log
  readonly slowStatementMs?: number
}

const noLimits: Config['rateLimit'] = {
  login: { byName: null, byAddress: null },
  register: { byName: null, byAddress: null },
  claim: { byUser: null },
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = await createTestDatabase(options)
  const proxy = options.hasProxy === true ? await startTcpProxy(database.url) : undefined
  const config: Config = {
    ...defaults,
    app: { ...defaults.app, port: 0, trustProxy: options.trustProxy ?? 0 },
    auth: {
      mode: options.auth ?? 'open',
      accessTokenMs: options.accessTokenMs ?? defaults.auth.accessTokenMs,
      refreshTokenMs: options.refreshTokenMs ?? defaults.auth.refreshTokenMs,
      secret: testSecret,
    },
    cors: { origins: options.corsOrigins ?? [] },
    rateLimit: { ...noLimits, ...options.rateLimit },
    live: { watchersMax: options.watchersMax ?? defaults.live.watchersMax },
    dashboard: { isEnabled: options.hasDashboard ?? true },
    metrics: { isEnabled: options.hasMetrics ?? true },
    log: { ...defaults.log, slowStatementMs: options.slowStatementMs ?? defaults.log.slowStatementMs },
    context: { timeoutMs: options.timeoutMs ?? defaults.context.timeoutMs },
    http: { connectionsMax: options.connectionsMax ?? defaults.http.connectionsMax },
    claim: { ...defaults.claim, ...options.claim },
  }
  const server = await openServer({
    config,
    databaseUrl: proxy?.url ?? database.url,
    redisUrl: options.redisUrl ?? null,
    log: options.log ?? createLog('silent'),
    ...(options.assets !== undefined && { assets: options.assets }),
  })
  const http = new Pool(server.url, { connections: 64, headersTimeout: 20_000 })

  async function send(
    method: string,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ) {
    const response = await http.request({ method, path, body, headers } as Parameters<Pool['request']>[0])
    const text = await textOf(response)
    assertDescribed(config.app.apiPrefix, {
      method,
      path,
      status: response.statusCode,
      headers: response.headers,
      text,
    })
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      get body() {
        return JSON.parse(text) as Json
      },
    }
  }

  return {
    url: server.url,
    database,
    config,
    proxy,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) =>
      send('POST', path, rawOf(body), { 'content-type': 'application/json', ...headers }),
    send: (method, path, body, headers) => send(method, path, rawOf(body), headers),
    as: bearerOf,
    close: async () => {
      await http.close()
      await server.close()
      await proxy?.close()
      await database.close()
    },
  }
}

/** Of a stream of events, which has no end, what comes first. */
async function textOf({ headers, body }: Dispatcher.ResponseData<unknown>): Promise<string> {
  if (!String(headers['content-type']).startsWith('text/event-stream')) return body.text()
  let text = ''
  for await (const chunk of body) {
    text += String(chunk)
    // Leaving the loop closes the connection.
    if (text.includes('\n\n')) break
  }
  return text
}

function rawOf(body: unknown): string | Buffer | undefined {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body) || body === undefined
  return isRaw ? body : JSON.stringify(body)
}

/** A correlation id that shows whose request it was. */
export function newCorrelationId(): string {
  return `test-${randomUUID()}`
}
