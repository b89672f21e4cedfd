/** The page in a real browser: the system's Chromium, driven by playwright-core. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { loadAssets } from '../../server/dashboard/assets.ts'
import type { TestDatabase } from './database.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export type Scheme = 'light' | 'dark'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Throws, saying how to mend it, when there is no browser: tests of the page are not passed over. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser()
  if (executablePath === undefined) {
    throw new Error(
      'The tests of the page need a Chromium, and none is on PATH. Install one ("apt-get install chromium"), or name one with CHROMIUM=/path/to/chromium.',
    )
  }
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
}

function findBrowser(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env
  if (CHROMIUM !== undefined && CHROMIUM !== '') return CHROMIUM
  const folders = PATH.split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

export const sizes = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 375, height: 812 },
} as const

/** A page, and what it has done that it must not do. */
export interface Visit {
  readonly page: Page
  /** Errors, breaches of the content-security-policy, requests to another host: each as a line. */
  readonly faults: string[]
  close(): Promise<void>
}

export async function visit(
  browser: Browser,
  url: string,
  { size = 'desktop', scheme = 'light' }: { size?: keyof typeof sizes; scheme?: Scheme } = {},
): Promise<Visit> {
  const options: BrowserContextOptions = {
    viewport: sizes[size],
    colorScheme: scheme,
    reducedMotion: 'reduce',
  }
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // Answers that are no success are told there too, and are the business of the tests.
    if (/content.security.policy/i.test(message.text())) faults.push(`policy: ${message.text()}`)
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  return { page, faults, close: () => context.close() }
}

export const password = 'correct horse battery'

/** A server in token mode with the page, an admin `boss` and a user `alice`. */
export async function startPageServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer({ auth: 'token', users: 50, assets: await loadAssets(), ...options })
  await addAccounts(server)
  return server
}

async function addAccounts({ post, database }: TestServer): Promise<void> {
  const { status } = await post('/api/users/register', { username: 'alice', password, full_name: 'Alice' })
  if (status !== 201) throw new Error(`alice could not be registered: ${status}`)
  await addAdmin(database)
}

/** `boss`, with the password of `alice`. Not by a change of role, which would end the tokens of this second. */
export async function addAdmin({ pool }: TestDatabase): Promise<void> {
  await pool.query(`INSERT INTO users (username, password, full_name, role)
    SELECT 'boss', password, 'Boss', 'admin' FROM users WHERE username = 'alice'`)
}

export async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

/** What axe-core finds wrong with the view, a line each. */
export async function accessFaults(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // By the debugger, since the page's policy lets nobody add a script.
  await page.evaluate(source)
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.target + ' ' + node.failureSummary)))`)
}

/** Waits until the stream has told how things are. */
export async function untilLive(page: Page): Promise<void> {
  await page.getByText('live', { exact: true }).waitFor()
}
