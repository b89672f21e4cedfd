/** A server process that goes away and comes back on its port: the page says so, and goes on by itself. */
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addAdmin, openBrowser, password, signIn, untilLive, visit } from '../support/browser.ts'
import { startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { bearerOf, testSecret } from '../support/tokens.ts'

const test = suite('dashboard/reconnect')

let browser: Browser
let database: TestDatabase

test.before(async () => {
  browser = await openBrowser()
  database = await createTestDatabase({ users: 10, coupons: [{ name: 'SUMMER_SALE', amount: 10 }] })
})

test.after(async () => {
  await browser?.close()
  await database?.close()
})

async function startServer(port: string) {
  const environment = { DATABASE_URL: database.url, JWT_SECRET: testSecret, LOG_LEVEL: 'silent' }
  const server = startCommand(['serve', '--port', port], { environment })
  const [, url = ''] = await server.waitFor(/Listening on (http:\S+)/)
  return { ...server, url }
}

async function post(url: string, path: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json', ...bearerOf('boss', 'admin') }
  const { status } = await fetch(`${url}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return status
}

test('lost and live again, with what happened meanwhile', async () => {
  let server = await startServer('0')
  const { url } = server
  const account = { username: 'alice', password, full_name: 'Alice' }
  assert.is(await post(url, '/users/register', account), 201)
  await addAdmin(database)
  const { page, faults, close } = await visit(browser, url)
  try {
    await signIn(page, 'boss')
    await untilLive(page)
    const row = page.getByRole('row', { name: 'SUMMER_SALE' })
    await row.getByText('10', { exact: true }).waitFor()

    server.child.kill('SIGKILL')
    await server.end
    await page.getByText(/^reconnecting in \d+ s$/).waitFor()
    await row.getByText('10', { exact: true }).waitFor()

    server = await startServer(new URL(url).port)
    assert.is(await post(url, '/coupons/claim', { user_id: 'user_1', coupon_name: 'SUMMER_SALE' }), 200)
    await untilLive(page)
    await row.getByText('9', { exact: true }).waitFor()

    // One that closes in good order ends the stream, too.
    server.child.kill('SIGTERM')
    await server.end
    await page.getByText(/^reconnecting in \d+ s$/).waitFor()
    server = await startServer(new URL(url).port)
    await page
      .getByRole('button', { name: 'Now' })
      .click({ timeout: 500 })
      .catch(() => {})
    await untilLive(page)
    assert.is(await post(url, '/coupons/claim', { user_id: 'user_2', coupon_name: 'SUMMER_SALE' }), 200)
    await row.getByText('8', { exact: true }).waitFor()
    assert.equal(faults, [])
  } finally {
    await close()
    server.child.kill('SIGTERM')
    await server.end
  }
})

test.run()
