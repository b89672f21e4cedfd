/** A real sale with the page open: a server process, a browser, and `coupon stress` against it. */
import type { Browser } from 'playwright-core'
import { addAdmin, openBrowser, password } from '../support/browser.ts'
import { type CommandEnd, runCommand, startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { testSecret } from '../support/tokens.ts'

export interface Stage {
  readonly url: string
  readonly database: TestDatabase
  readonly browser: Browser
  /** `coupon stress --url …` with more flags, signed in as the admin. */
  storm(flags: readonly string[]): Promise<CommandEnd>
  close(): Promise<void>
}

export interface StageOptions {
  readonly users: number
  /** Server processes. */
  readonly workers: number
}

export async function openStage({ users, workers }: StageOptions): Promise<Stage> {
  const releases: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const release of releases.reverse()) await release()
  }
  try {
    const database = await createTestDatabase({ users })
    releases.push(() => database.close())
    const environment = {
      DATABASE_URL: database.url,
      JWT_SECRET: testSecret,
      LOG_LEVEL: 'silent',
      COUPON_PASSWORD: password,
    }
    const server = startCommand(['serve', '--port', '0', '--workers', String(workers)], { environment })
    releases.push(() => {
      server.child.kill('SIGTERM')
      return server.end
    })
    const [, url = ''] = await server.waitFor(/Listening on (http:\S+)/)
    const account = { username: 'alice', password, full_name: 'Alice' }
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}/api/users/register`, { method: 'POST', headers, body: JSON.stringify(account) })
    await addAdmin(database)
    const browser = await openBrowser()
    releases.push(() => browser.close())
    const storm = (flags: readonly string[]) =>
      runCommand(['stress', '--url', url, '--login', 'boss', ...flags], { environment })
    return { url, database, browser, storm, close }
  } catch (error) {
    await close()
    throw error
  }
}
