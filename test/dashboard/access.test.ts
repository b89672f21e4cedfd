/** Every view, light and dark, on a desktop and on a phone: accessible, not wider than the screen, and by the keyboard. */
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accessFaults,
  openBrowser,
  type Scheme,
  signIn,
  sizes,
  startPageServer,
  untilLive,
  visit,
} from '../support/browser.ts'
import type { TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('dashboard/access')

let browser: Browser
let server: TestServer

test.before(async () => {
  browser = await openBrowser()
  server = await startPageServer({ coupons: [{ name: 'SUMMER_SALE', amount: 40 }] })
  const boss = server.as('boss', 'admin')
  const post = async (path: string, body: object) =>
    assert.ok((await server.post(path, body, boss)).status < 300)
  const soon = new Date(Date.now() + 86_400_000).toISOString()
  await post('/api/coupons', { name: 'AUTUMN_GIFT', amount: 5, starts_at: soon })
  await post('/api/coupons', { name: 'VIP_NIGHT', amount: 5, paused: true })
  await post('/api/coupons', { name: 'LAST_ONE', amount: 1 })
  const claims = [
    { user_id: 'alice', coupon_name: 'SUMMER_SALE', hold_seconds: 600 },
    { user_id: 'boss', coupon_name: 'SUMMER_SALE' },
    { user_id: 'alice', coupon_name: 'LAST_ONE' },
  ]
  for (const claim of claims) await post('/api/coupons/claim', claim)
})

test.after(async () => {
  await browser?.close()
  await server?.close()
})

/** The views that a signed-in admin comes to, and what stands there when they are done. */
const views: readonly (readonly [path: string, isThere: (page: Page) => Promise<void>])[] = [
  ['#/', (page) => page.getByRole('row', { name: 'LAST_ONE' }).waitFor()],
  [
    '#/coupons/SUMMER_SALE',
    async (page) => {
      const claims = page.getByRole('region', { name: 'Claims', exact: true })
      await claims
        .getByRole('button', { name: /History/ })
        .first()
        .click()
      await page.locator('.history').waitFor()
      await page.getByText('You have claim').waitFor()
    },
  ],
  ['#/claims', (page) => page.getByRole('row', { name: 'SUMMER_SALE' }).waitFor()],
  [
    '#/new',
    async (page) => {
      await page.getByRole('button', { name: 'Create' }).click()
      await page.locator('.fault').first().waitFor()
    },
  ],
  ['#/nowhere', (page) => page.getByRole('heading', { name: 'Nothing here' }).waitFor()],
]

/** The view does not scroll sideways; what is wider scrolls in a box of its own. */
async function assertFits(page: Page, what: string): Promise<void> {
  assert.is(
    await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
    0,
    `${what} is too wide`,
  )
}

for (const size of Object.keys(sizes) as (keyof typeof sizes)[]) {
  for (const scheme of ['light', 'dark'] as const satisfies readonly Scheme[]) {
    test(`axe-core finds nothing: ${size}, ${scheme}`, async () => {
      const { page, faults, close } = await visit(browser, server.url, { size, scheme })
      for (const path of ['#/register', '#/sign-in']) {
        await page.goto(`${server.url}/${path}`)
        await page.getByLabel('Password').waitFor()
        assert.equal(await accessFaults(page), [], path)
        await assertFits(page, path)
      }
      await signIn(page, 'boss')
      for (const [path, isThere] of views) {
        await page.goto(`${server.url}/${path}`)
        await untilLive(page)
        await isThere(page)
        assert.equal(await accessFaults(page), [], path)
        await assertFits(page, path)
      }
      await page.goto(`${server.url}/#/coupons/SUMMER_SALE`)
      await page.getByRole('button', { name: 'Delete…' }).click()
      await page.getByRole('dialog').waitFor()
      assert.equal(await accessFaults(page), [], 'the dialog')
      assert.equal(faults, [])
      await close()
    })
  }
}

test('by the keyboard: skip link, heading after a change of view, dialog and back', async () => {
  const { page, close } = await visit(browser, server.url)
  await signIn(page, 'boss')
  await page.reload()
  await page.getByRole('row', { name: 'SUMMER_SALE' }).waitFor()
  const focused = () => page.evaluate('document.activeElement.id || document.activeElement.textContent')
  await page.keyboard.press('Tab')
  assert.is(await focused(), 'Skip to the content')
  await page.keyboard.press('Enter')
  assert.is(await focused(), 'main')
  await page.getByRole('link', { name: 'SUMMER_SALE' }).first().focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'SUMMER_SALE' }).waitFor()
  // The page moves the focus when it has painted.
  await until('the heading has the focus', async () => (await focused()) === 'SUMMER_SALE')
  await page.getByRole('button', { name: 'Delete…' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await until('the button has it again', async () => (await focused()) === 'Delete…')
  await close()
})

test.run()
