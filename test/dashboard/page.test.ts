/** The page in a real browser, over a real server and database. */
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadAssets } from '../../server/dashboard/assets.ts'
import {
  openBrowser,
  password,
  signIn,
  startPageServer,
  untilLive,
  type Visit,
  visit,
} from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test = suite('dashboard/page')

let browser: Browser
let server: TestServer

test.before(async () => {
  browser = await openBrowser()
  server = await startPageServer()
})

test.after(async () => {
  await browser?.close()
  await server?.close()
})

let made = 0

/** A coupon of the test's own. */
async function newCoupon(amount: number, terms: object = {}): Promise<string> {
  made += 1
  const name = `SALE_${made}`
  const { status } = await server.post('/api/coupons', { name, amount, ...terms }, server.as('boss', 'admin'))
  assert.is(status, 201)
  return name
}

async function claimAs(username: string, couponName: string): Promise<string> {
  const body = { user_id: username, coupon_name: couponName }
  const { status, body: told } = await server.post('/api/coupons/claim', body, server.as('boss', 'admin'))
  assert.is(status, 200)
  return (told.data as { claim_id: string }).claim_id
}

/** Visits, signs in, does the work, and holds the page to its policy. */
async function as(username: string, path: string, work: (page: Page) => Promise<void>): Promise<void> {
  const there: Visit = await visit(browser, `${server.url}/${path}`)
  try {
    await signIn(there.page, username)
    await work(there.page)
    assert.equal(there.faults, [])
  } finally {
    await there.close()
  }
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

test('a wrong password is told at the form, which keeps what was typed', async () => {
  const { page, close } = await visit(browser, server.url)
  await page.getByLabel('Username').fill('alice')
  await page.getByLabel('Password').fill('wrong')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('Username or password is wrong.').waitFor()
  assert.is(await page.getByLabel('Username').inputValue(), 'alice')
  await close()
})

test('signing in shows the sale, a reload keeps it, signing out ends it', async () => {
  await as('alice', '', async (page) => {
    await heading(page, 'Sale').waitFor()
    assert.is(await page.title(), 'Sale · coupon')
    await page.reload()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await heading(page, 'Sign in').waitFor()
    await page.reload()
    await heading(page, 'Sign in').waitFor()
    assert.is(await page.evaluate('sessionStorage.length'), 0)
  })
})

test('a new user registers, with the faults at the fields, and is signed in', async () => {
  const { page, close, faults } = await visit(browser, `${server.url}/#/register`)
  await page.getByLabel('Username').fill('carol')
  await page.getByLabel('Full name').fill('Carol')
  await page.getByLabel('Password').fill('short')
  await page.getByRole('button', { name: 'Register and sign in' }).click()
  await page.locator('.fault', { hasText: 'Password' }).waitFor()
  assert.is(await page.getByLabel('Password').getAttribute('aria-invalid'), 'true')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Register and sign in' }).click()
  await heading(page, 'Sale').waitFor()
  await page.getByText('carol', { exact: true }).waitFor()
  assert.equal(faults, [])
  await close()
})

test('a sale elsewhere is seen while it runs: stock, recent claims, charts and processes', async () => {
  const name = await newCoupon(30)
  await as('boss', '', async (page) => {
    await untilLive(page)
    const row = page.getByRole('row', { name })
    await row.getByText('30', { exact: true }).waitFor()
    for (let n = 0; n < 20; n += 1) await claimAs(`user_${n}`, name)
    await row.getByText('10', { exact: true }).waitFor()
    await section(page, 'Recent claims').getByText('user_19').waitFor()
    await section(page, 'Server processes').getByText('batch').waitFor()
    await page.locator('.tiles dd').first().filter({ hasNotText: /^0$/ }).waitFor()
    assert.is(await page.locator('.plot canvas').count(), 2)
    for (let n = 20; n < 30; n += 1) await claimAs(`user_${n}`, name)
    await row.getByText('sold out').waitFor()
  })
})

test('a user sees no other claims than its own', async () => {
  const name = await newCoupon(5)
  await as('alice', '', async (page) => {
    await untilLive(page)
    await claimAs('user_1', name)
    await page.getByRole('row', { name }).getByText('4', { exact: true }).waitFor()
    await claimAs('alice', name)
    await section(page, 'Recent claims').getByRole('link', { name }).waitFor()
    assert.is(await page.getByText('user_1').count(), 0)
    assert.is(await page.getByRole('link', { name: 'New coupon' }).count(), 0)
    assert.is(await section(page, 'Server processes').count(), 0)
  })
})

test('the whole life of a claim: held, confirmed, given back, and claimed again', async () => {
  const name = await newCoupon(3)
  await as('alice', `#/coupons/${name}`, async (page) => {
    const panel = section(page, 'Claim')
    await panel.getByLabel('For how long').selectOption('600')
    await panel.getByRole('button', { name: 'Hold' }).click()
    await panel.getByText('You have claim').waitFor()
    await panel.getByText('held', { exact: true }).waitFor()
    await panel.getByText(/for \d+:\d\d/).waitFor()
    await section(page, 'Stock').getByText('2', { exact: true }).waitFor()
    await panel.getByRole('button', { name: /Confirm/ }).click()
    await panel.getByText('confirmed', { exact: true }).waitFor()
    await panel.getByRole('button', { name: /Give back/ }).click()
    await panel.getByText('You have claim').waitFor({ state: 'hidden' })
    await section(page, 'Stock').getByText('3', { exact: true }).waitFor()
    await panel.getByLabel('For how long').selectOption('')
    await panel.getByRole('button', { name: 'Claim', exact: true }).click()
    await panel.getByText('confirmed', { exact: true }).waitFor()

    await page.getByRole('link', { name: 'My claims' }).click()
    await heading(page, 'My claims').waitFor()
    await page.locator('h1:focus').waitFor()
    const row = page.getByRole('row', { name }).filter({ hasText: 'given back' })
    await row.getByRole('button', { name: /History/ }).click()
    await page.locator('.history').getByText('by alice').nth(1).waitFor()
  })
})

test('why one may not claim is told before and at the claim', async () => {
  const name = await newCoupon(1)
  await as('alice', `#/coupons/${name}`, async (page) => {
    await untilLive(page)
    await claimAs('user_1', name)
    const panel = section(page, 'Claim')
    await panel.getByText('no stock remaining').waitFor()
    assert.ok(await panel.getByRole('button', { name: 'Claim', exact: true }).isDisabled())
  })
  await as('boss', `#/coupons/${name}`, async (page) => {
    const panel = section(page, 'Claim')
    await panel.getByLabel('User').fill('user_1')
    await panel
      .getByRole('button', { name: 'Claim', exact: true })
      .click()
      .catch(() => {})
    await panel.getByRole('alert').waitFor()
    assert.is(await panel.getByLabel('User').inputValue(), 'user_1')
  })
})

test('a claim whose answer is lost is claimed once', async () => {
  const name = await newCoupon(5)
  await as('alice', `#/coupons/${name}`, async (page) => {
    const keys: (string | undefined)[] = []
    await page.route('**/api/coupons/claim', async (route) => {
      keys.push(route.request().headers()['idempotency-key'])
      if (keys.length > 1) return route.continue()
      // It is carried out, and nobody hears of it.
      await route.fetch()
      await route.abort()
    })
    await section(page, 'Claim').getByRole('button', { name: 'Claim', exact: true }).click()
    await section(page, 'Claim').getByText('You have claim').waitFor()
    await section(page, 'Claim').getByText('successfully claimed').waitFor()
    assert.is(keys.length, 2)
    assert.is(keys[0], keys[1])
    await section(page, 'Stock').getByText('4', { exact: true }).waitFor()
  })
})

test('an admin searches the claims of a coupon and gives one back', async () => {
  const name = await newCoupon(40)
  for (let n = 0; n < 30; n += 1) await claimAs(`user_${n}`, name)
  await as('boss', `#/coupons/${name}`, async (page) => {
    const claims = section(page, 'Claims')
    await claims.getByRole('row').nth(25).waitFor()
    await claims.getByRole('button', { name: 'Next 25' }).click()
    await claims.getByRole('cell', { name: 'user_29' }).waitFor()
    await claims.getByLabel('Username').fill('user_7')
    await claims.getByRole('button', { name: 'Search' }).click()
    const row = claims.getByRole('row', { name: 'user_7' })
    await row.getByRole('button', { name: /Give back/ }).click()
    await row.getByText('given back').waitFor()
    await section(page, 'Stock').getByText('11', { exact: true }).waitFor()
    await claims.getByLabel('State').selectOption('held')
    await claims.getByText('No claims here.').waitFor()
  })
})

test('an admin edits, pauses, resumes and deletes a coupon; a refusal keeps what was typed', async () => {
  const name = await newCoupon(10)
  await claimAs('user_1', name)
  await claimAs('user_2', name)
  await as('boss', `#/coupons/${name}`, async (page) => {
    const panel = section(page, 'Settings')
    await panel.getByLabel('Amount').fill('1')
    await panel.getByRole('button', { name: 'Save' }).click()
    await panel.getByRole('alert').waitFor()
    assert.is(await panel.getByLabel('Amount').inputValue(), '1')
    await panel
      .getByLabel('Amount')
      .fill('many')
      .catch(() => panel.getByLabel('Amount').fill(''))
    await panel.getByRole('button', { name: 'Save' }).click()
    await panel.locator('.fault', { hasText: 'Amount' }).waitFor()
    await panel.getByLabel('Amount').fill('20')
    await panel.getByRole('button', { name: 'Save' }).click()
    await section(page, 'Stock').getByText('of 20 left').waitFor()
    await panel.getByRole('button', { name: 'Pause' }).click()
    await section(page, 'Stock').getByText('paused').waitFor()
    await panel.getByRole('button', { name: 'Resume' }).click()
    await section(page, 'Stock').getByText('active').waitFor()
    await panel.getByRole('button', { name: 'Delete…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click()
    await heading(page, 'Sale').waitFor()
    await page.getByRole('row', { name }).waitFor({ state: 'hidden' })
    await page.goto(`${server.url}/#/coupons/${name}`)
    await heading(page, 'No such coupon').waitFor()
  })
})

test('an admin creates a coupon for a list of users', async () => {
  await as('boss', '#/new', async (page) => {
    await page.getByLabel('Name', { exact: true }).fill('Winter sale')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.fault', { hasText: 'Amount' }).waitFor()
    await page.getByLabel('Amount').fill('5')
    await page.getByLabel('Who may claim').selectOption('list')
    await page.getByLabel('Usernames').fill('alice\nuser_1')
    await page.getByRole('button', { name: 'Create' }).click()
    await heading(page, 'WINTER_SALE').waitFor()
    await page.getByText('The list has 2.').waitFor()
  })
})

test('in open mode everybody sees all and claims for a name', async () => {
  const coupons = [{ name: 'OPEN_SALE', amount: 3 }]
  const open = await startTestServer({ users: 3, coupons, assets: await loadAssets() })
  const { page, faults, close } = await visit(browser, `${open.url}/#/coupons/OPEN_SALE`)
  try {
    const panel = section(page, 'Claim')
    await panel.getByRole('button', { name: 'Claim', exact: true }).click()
    await panel.locator('.fault', { hasText: 'User is required' }).waitFor()
    await panel.getByLabel('User').fill('user_1')
    await panel.getByRole('button', { name: 'Claim', exact: true }).click()
    await section(page, 'Stock').getByText('2', { exact: true }).waitFor()
    await section(page, 'Claims').getByRole('button', { name: 'Search' }).click()
    await section(page, 'Claims').getByRole('cell', { name: 'user_1' }).waitFor()
    assert.equal(faults, [])
  } finally {
    await close()
    await open.close()
  }
})

test.run()
