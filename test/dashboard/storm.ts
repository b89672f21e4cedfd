/**
 * `node --import tsx test/dashboard/storm.ts [USERS] [QUOTA]`: the page, open in Chromium, while `coupon stress` storms the
 * server behind it with 20,000 users for 5,000 units, or so many. Prints what the page has measured of itself: tasks over
 * 100 ms, and how old the newest claim was whenever one was painted. Exits with 1 when there was such a task.
 */
import { signIn, untilLive, visit } from '../support/browser.ts'
import { openStage } from './stage.ts'

const [users = '20000', quota = '5000'] = process.argv.slice(2)
const stage = await openStage({ users: Number(users), workers: 1 })
try {
  const { page, faults } = await visit(stage.browser, stage.url)
  await signIn(page, 'boss')
  await untilLive(page)
  // What the page did to come up is no part of the storm.
  await page.evaluate('__longTasks.length = __paintDelays.length = 0')
  const { exitCode, stdout, stderr } = await stage.storm(['--users', users, '--quota', quota])
  if (exitCode !== 0) throw new Error(`The storm ended with ${exitCode}:\n${stdout}\n${stderr}`)
  await page.getByText('sold out').waitFor()
  const tasks = (await page.evaluate('[...__longTasks]')) as number[]
  const delays = (await page.evaluate('[...__paintDelays]')) as number[]
  const long = tasks.filter((ms) => ms > 100)
  console.log(stdout.split('\n').slice(0, 12).join('\n'))
  console.log(
    `Tasks of the page over 100 ms: ${long.length} (longest of all: ${Math.round(Math.max(0, ...tasks))} ms)`,
  )
  console.log(`From a claim to its painting, ${delays.length} frames: ${quantiles(delays)}`)
  if (faults.length > 0) console.log(faults.join('\n'))
  process.exitCode = long.length + faults.length > 0 ? 1 : 0
} finally {
  await stage.close()
}

function quantiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`
}
