/** Several server processes over one database, and what becomes of the streams when one of them stops or dies. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { type EventStream, openEventStream, type StreamEvent } from '../support/event-stream.ts'
import { testSecret } from '../support/tokens.ts'

const test = suite('live: processes')
let database: TestDatabase
const commands: RunningCommand[] = []

test.before(async () => {
  database = await createTestDatabase({ users: 40, coupons: [{ name: 'PROMO', amount: 100 }] })
})

test.after.each(async () => {
  for (const { child } of commands) child.kill('SIGKILL')
  await Promise.all(commands.splice(0).map(({ end }) => end))
})

test.after(() => database.close())

async function serve(...more: string[]): Promise<{ url: string; command: RunningCommand }> {
  const environment = { DATABASE_URL: database.url, JWT_SECRET: testSecret, LOG_LEVEL: 'silent' }
  const command = startCommand(['serve', '--port', '0', '--auth', 'open', ...more], { environment })
  commands.push(command)
  const [, url = ''] = await command.waitFor(/Listening on (http:\S+)/)
  return { url, command }
}

let users = 0
async function claim(url: string): Promise<void> {
  const body = JSON.stringify({ user_id: `user_${users++}`, coupon_name: 'PROMO' })
  const { status } = await fetch(`${url}/api/coupons/claim`, { method: 'POST', body })
  assert.is(status, 200)
}

/** With its first snapshot. */
async function watch(url: string): Promise<EventStream> {
  const stream = await openEventStream(`${url}/api/live`)
  await stream.until('a snapshot', ({ event }) => event === 'snapshot')
  return stream
}

const tellsProcesses = (count: number) => (event: StreamEvent) => event.data.processes?.length === count
const tellsClaim = ({ event, data }: StreamEvent) => event === 'tick' && data.claims.claimed > 0

test('a claim on one process is seen on another within half a second, and both are listed', async () => {
  const [here, there] = await Promise.all([serve(), serve()])
  const stream = await watch(here.url)
  const { data } = await stream.until('both', tellsProcesses(2))
  const pids = data.processes.map(({ id }: { id: string }) => Number(id.split(':').at(-1)))
  assert.equal(pids.sort(), [here, there].map(({ command }) => command.child.pid).sort())
  await claim(there.url)
  const tookMs: number[] = []
  for (let turn = 0; turn < 5; turn += 1) {
    const from = stream.events.length
    const beganMs = performance.now()
    await claim(there.url)
    await stream.until('the claim', tellsClaim, { from })
    tookMs.push(performance.now() - beganMs)
  }
  // One may be late on a machine that is busy with other tests.
  assert.ok(tookMs.sort((a, b) => a - b)[2]! < 500, `${tookMs.map(Math.round)} ms`)
  const last = stream.events.length
  there.command.child.kill('SIGKILL')
  await stream.until('one is gone', tellsProcesses(1), { from: last, timeoutMs: 8000 })
  stream.close()
})

test('SIGTERM ends the streams, and the process is gone at once, with a hundred who watch', async () => {
  const { url, command } = await serve()
  const streams = await Promise.all(Array.from({ length: 100 }, () => watch(url)))
  const beganMs = performance.now()
  command.child.kill('SIGTERM')
  await Promise.all(streams.map(({ ended }) => ended))
  const { exitCode } = await command.end
  assert.is(exitCode, 0)
  assert.ok(performance.now() - beganMs < 5000, `${performance.now() - beganMs} ms`)
})

test('workers of one server tell of each other', async () => {
  const { url } = await serve('--workers', '2')
  const stream = await watch(url)
  const { data } = await stream.until('both', tellsProcesses(2))
  const workers = data.processes.map(({ worker }: { worker: number }) => worker)
  assert.equal(workers.sort(), [1, 2])
  stream.close()
})

test.run()
