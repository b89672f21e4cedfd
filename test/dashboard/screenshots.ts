/** `node --import tsx test/dashboard/screenshots.ts`: makes docs/pictures/ of a real sale. */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { type Scheme, signIn, type sizes, untilLive, visit } from '../support/browser.ts'
import { bearerOf } from '../support/tokens.ts'
import { openStage } from './stage.ts'

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
const users = 3000
const stage = await openStage({ users, workers: 2 })

interface Picture {
  readonly name: string
  readonly hash: string
  readonly size: keyof typeof sizes
  readonly scheme: Scheme
}

const pictures: readonly Picture[] = [
  { name: 'sale-light', hash: '#/', size: 'desktop', scheme: 'light' },
  { name: 'sale-dark', hash: '#/', size: 'desktop', scheme: 'dark' },
  { name: 'coupon', hash: '#/coupons/SUMMER_SALE', size: 'desktop', scheme: 'light' },
  { name: 'phone', hash: '#/', size: 'phone', scheme: 'dark' },
]

try {
  await mkdir(folder, { recursive: true })
  await addCoupons()
  const pages: (readonly [Picture, Page])[] = []
  for (const picture of pictures) {
    const { page } = await visit(stage.browser, `${stage.url}/${picture.hash}`, picture)
    await signIn(page, 'boss')
    await untilLive(page)
    pages.push([picture, page])
  }
  let isOver = false
  const flags = [
    '--rate',
    '250',
    '--duration',
    '40s',
    '--users',
    String(users),
    '--coupon',
    'EARLY_BIRD',
    '--quota',
    '4000',
  ]
  const sale = stage.storm(flags).finally(() => {
    isOver = true
  })
  for (let n = 0; !isOver && n < 1200; n += 1) await claim(n)
  for (const [{ name }, page] of pages) {
    await page.screenshot({ path: `${folder}${name}.png` })
  }
  const { exitCode, stderr } = await sale
  if (exitCode !== 0) console.error(stderr)
} finally {
  await stage.close()
}

async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json', ...bearerOf('boss', 'admin') }
  await fetch(`${stage.url}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function addCoupons(): Promise<void> {
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString()
  const coupons = [
    { name: 'Autumn gift', amount: 2000, starts_at: soon },
    { name: 'Vip night', amount: 300, paused: true },
    { name: 'First hundred', amount: 100 },
    { name: 'Summer sale', amount: 2000, ends_at: soon },
  ]
  for (const coupon of coupons) await post('/coupons', coupon)
}

/** Some hold, and one coupon is soon sold out. */
async function claim(n: number): Promise<void> {
  const hold = n % 9 === 0 ? { hold_seconds: 900 } : {}
  await post('/coupons/claim', { user_id: `user_${n}`, coupon_name: 'SUMMER_SALE', ...hold })
  if (n % 4 === 0) await post('/coupons/claim', { user_id: `user_${n}`, coupon_name: 'FIRST_HUNDRED' })
  await new Promise((resolve) => setTimeout(resolve, 10 + 15 * Math.sin(n / 60) ** 2))
}
