/** Workers that are replaced and stopped under load: nobody who claims notices. */

import { once } from 'node:events'
import { connect } from 'node:net'
import { Pool } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const test = suite('cli: rolling restart and stop')

const users = 2_000
const coupons = Array.from({ length: 100 }, (_, n) => ({ name: `PROMO_${n}`, amount: users }))

/** Claims of user and coupon, each once, in an order that is the same every time. */
function* claims() {
  for (let user = 0; user < users; user += 1) {
    for (const { name } of coupons) yield `user_${user} ${name}`
  }
}

/** So many connections that are kept alive, each sending its next claim when the one before is answered. */
function startLoad(url: string, source: Iterator<string>, connections: number) {
  const http = new Pool(url, { connections })
  const won: string[] = []
  const failed: string[] = []
  let isOver = false
  let onAnswer = () => {}
  const loops = Array.from({ length: connections }, async () => {
    for (let next = source.next(); !isOver && next.done !== true; next = source.next()) {
      const [user_id, coupon_name] = next.value.split(' ')
      try {
        const body = JSON.stringify({ user_id, coupon_name })
        const response = await http.request({ method: 'POST', path: '/api/coupons/claim', body })
        await response.body.dump()
        if (response.statusCode === 200) won.push(next.value)
        else failed.push(`${next.value}: ${response.statusCode}`)
      } catch (error) {
        failed.push(`${next.value}: ${error}`)
        // Whoever stops the server ends the load by it; until then nothing may fail.
        isOver = true
      }
      onAnswer()
    }
  })
  return {
    won,
    failed,
    untilWon: (count: number) =>
      new Promise<void>((resolve) => {
        onAnswer = () => {
          if (won.length >= count || isOver) resolve()
        }
      }),
    end: async () => {
      isOver = true
      await Promise.all(loops)
      await http.close()
    },
  }
}

/** Who took whose place, of all restarts so far. */
async function untilRestarted(serving: RunningCommand, times: number) {
  const { input } = await serving.waitFor(new RegExp(`(All workers are new[^]*){${times}}`))
  return [...input.matchAll(/Worker (\d+) is in the place of (\d+)\./g)].map(([, next, old]) => ({
    next,
    old,
  }))
}

async function claimedTotal(url: string): Promise<{ claimed: number; processes: string[] }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const [, claimed] = /^coupon_claims_total\{[^}]*outcome="claimed"[^}]*\} (\d+)$/m.exec(text) ?? []
  return { claimed: Number(claimed), processes: text.match(/^coupon_metrics_processes\{.*$/gm) ?? [] }
}

test('SIGHUP twice and SIGTERM under load: all workers are new, no request fails, no claim is lost', async () => {
  const database = await createTestDatabase({ users, coupons })
  const environment = { DATABASE_URL: database.url }
  const serving = startCommand(['serve', '--auth', 'open', '--port', '0', '--workers', '2'], { environment })
  try {
    const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
    const source = claims()
    const load = startLoad(url, source, 16)
    await load.untilWon(200)
    serving.child.kill('SIGHUP')
    const first = await untilRestarted(serving, 1)
    await load.untilWon(load.won.length + 200)
    serving.child.kill('SIGHUP')
    const both = await untilRestarted(serving, 2)
    await load.untilWon(load.won.length + 200)
    await load.end()
    assert.equal(load.failed, [])
    const second = both.slice(first.length)
    assert.is(new Set(both.flatMap(({ next, old }) => [next, old])).size, 6, 'two workers, three times')
    assert.equal(second.map(({ old }) => old).sort(), first.map(({ next }) => next).sort())
    assert.equal(await claimedTotal(url), {
      claimed: load.won.length,
      processes: [
        'coupon_metrics_processes{state="asked"} 2',
        'coupon_metrics_processes{state="answered"} 2',
      ],
    })

    const last = startLoad(url, source, 16)
    await last.untilWon(200)
    serving.child.kill('SIGTERM')
    const { exitCode, stderr } = await serving.end
    await last.end()
    assert.is(exitCode, 0, stderr)
    const { rows } = await database.pool.query<{ claim: string }>(
      `SELECT u.username || ' ' || c.name AS claim
         FROM user_claims uc JOIN users u ON u.id = uc.user_id JOIN coupons c ON c.id = uc.coupon_id`,
    )
    const told = [...load.won, ...last.won].sort()
    assert.equal(
      rows.map(({ claim }) => claim).sort(),
      told,
      'each stored claim was told, each told is stored',
    )
  } finally {
    serving.child.kill('SIGKILL')
    await serving.end
    await database.close()
  }
})

/** Resolves when nobody listens there any more. */
async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (!isOpen) return
  }
}

test('at a stop no worker takes the connections of those that another one has sent away', async () => {
  const database = await createTestDatabase({ users: 8, coupons: [{ name: 'PROMO', amount: 8 }] })
  const environment = { DATABASE_URL: database.url }
  const serving = startCommand(['serve', '--auth', 'open', '--port', '0', '--workers', '2'], { environment })
  const holder = await database.pool.connect()
  try {
    const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
    await holder.query('BEGIN')
    await holder.query("SELECT id FROM coupons WHERE name = 'PROMO' FOR UPDATE")
    const http = new Pool(url, { connections: 8 })
    const claims = Array.from({ length: 8 }, (_, user) => {
      const body = JSON.stringify({ user_id: `user_${user}`, coupon_name: 'PROMO' })
      return http.request({ method: 'POST', path: '/api/coupons/claim', body })
    })
    for (const claim of claims) claim.catch(() => {})
    // One batch of a coupon is under way in a process: so both have claims, which keep them from ending.
    await until('both workers wait for the row', async () => {
      const waiting = await database.pool.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
      return waiting.rowCount === 2
    })
    const beganMs = performance.now()
    serving.child.kill('SIGTERM')
    await untilRefused(Number(new URL(url).port))
    // Told in turn, the second would have gone on for 1.5 s.
    assert.ok(performance.now() - beganMs < 1_200, `${performance.now() - beganMs} ms`)
    await holder.query('ROLLBACK')
    const answers = await Promise.all(claims)
    assert.ok(answers.every(({ statusCode }) => statusCode === 200))
    await http.close()
    const { exitCode } = await serving.end
    assert.is(exitCode, 0)
  } finally {
    holder.release(true)
    serving.child.kill('SIGKILL')
    await serving.end
    await database.close()
  }
})

/** So many clients that ask again and again until nobody listens; resolves to what else went wrong. */
async function faultsUntilRefused(url: string, connections: number, isKept: boolean): Promise<string[]> {
  const http = new Pool(url, { connections, pipelining: isKept ? 1 : 0 })
  const faults: string[] = []
  const loops = Array.from({ length: connections }, async () => {
    for (;;) {
      try {
        const response = await http.request({ method: 'GET', path: '/livez' })
        await response.body.dump()
      } catch (error) {
        // Before it could send anything.
        if ((error as NodeJS.ErrnoException).syscall === 'connect') return
        faults.push(String(error))
      }
    }
  })
  await Promise.all(loops)
  await http.close()
  return faults
}

for (const [how, isKept] of [
  ['and connects again', true],
  ['by each answer, connecting anew for each request,', false],
] as const) {
  test(`at a stop whoever is sent away ${how} is refused, not cut`, async () => {
    const database = await createTestDatabase({})
    const environment = { DATABASE_URL: database.url }
    const serving = startCommand(['serve', '--port', '0', '--workers', '2'], { environment })
    try {
      const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
      const asking = faultsUntilRefused(url, 128, isKept)
      await until('many have asked', async () => {
        const text = await (await fetch(`${url}/metrics`)).text()
        return Number(/^coupon_http_requests_total\{[^}]*livez[^}]*\} (\d+)$/m.exec(text)?.[1]) >= 1000
      })
      serving.child.kill('SIGTERM')
      const faults = await asking
      // Whoever is answered at the very moment of the stop may connect anew just before it; it was nearly all of them.
      if (isKept) assert.equal(faults, [])
      else assert.ok(faults.length <= 4, `${faults}`)
      const { exitCode } = await serving.end
      assert.is(exitCode, 0)
    } finally {
      serving.child.kill('SIGKILL')
      await serving.end
      await database.close()
    }
  })
}

test.run()
