/** The crowd at real servers, one of them killed and the other stopped meanwhile: what they heard is what is stored. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answersByFault } from '../../cli/chaos/answers-by-fault.ts'
import { checkHistory, violationsOf } from '../../cli/chaos/checks/checks.ts'
import type { FaultName, FaultWindow } from '../../cli/chaos/fault.ts'
import { type Load, startLoad } from '../../cli/chaos/load/load.ts'
import { readFacts } from '../../cli/commands/chaos/facts.ts'
import { findFreePort } from '../../server/free-port.ts'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { addCoupon, createTestDatabase } from '../support/database.ts'
import { testSecret, tokenOf } from '../support/tokens.ts'

const test = suite('chaos: load and checks')

const users = 400
const contextTimeoutMs = 2000

/** A server that is always at the same address. */
async function createLife(databaseUrl: string, folder: string) {
  const port = await findFreePort()
  let running: RunningCommand | undefined
  const surprises: string[] = []
  const config = join(folder, 'env.json')
  writeFileSync(config, JSON.stringify({ env: { context: { timeout: `${contextTimeoutMs}ms` } } }))
  return {
    url: `http://127.0.0.1:${port}`,
    start: async () => {
      running = startCommand(['serve', '--config', config, '--host', '127.0.0.1', '--port', String(port)], {
        environment: { DATABASE_URL: databaseUrl, JWT_SECRET: testSecret, LOG_LEVEL: 'warn' },
      })
      const started = running
      await started.waitFor(/Listening on/)
      void started.end.then(({ exitCode, stderr }) => {
        if (running === started) surprises.push(`It ended by itself (${exitCode}): ${stderr}`)
      })
    },
    end: async (signal: NodeJS.Signals) => {
      const ending = running
      running = undefined
      ending?.child.kill(signal)
      await ending?.end
    },
    /** Ends that nobody has asked for. */
    surprises,
  }
}

/** Resolves when so many more answers of that server came from the database. */
function untilDecided(load: Load, server: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let decided = 0
    const stop = load.onDecided((name) => {
      if (name === server) decided += 1
      if (decided < count) return
      stop()
      resolve()
    })
  })
}

test('a server killed, sessions ended, a server stopped: everybody is answered, and the database agrees', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coupon-chaos-'))
  const database = await createTestDatabase({ users })
  const [one, two] = [await createLife(database.url, folder), await createLife(database.url, folder)]
  const windows: FaultWindow[] = []
  const lines: string[] = []
  const beganMs = performance.now()
  const nowMs = () => performance.now() - beganMs
  try {
    await Promise.all([one.start(), two.start()])
    const load = await startLoad({
      servers: [
        { name: 'server 1', url: one.url },
        { name: 'server 2', url: two.url },
      ],
      apiPrefix: '/api',
      authorizations: Array.from({ length: users }, (_, n) => `Bearer ${tokenOf(`user_${n}`)}`),
      seed: 1,
      nowMs,
      makeCoupon: (name, amount) => addCoupon(database.pool, name, amount),
      write: (line) => lines.push(line),
      rate: { clients: 32, operationsPerS: 200 },
    })

    async function during(fault: FaultName, server: string, work: () => Promise<unknown>): Promise<void> {
      await untilDecided(load, server, 40)
      const injectedMs = nowMs()
      await work()
      const healedMs = nowMs()
      await untilDecided(load, server, 20)
      windows.push({
        fault,
        target: server,
        servers: fault === 'sessions_terminated' ? ['server 1', 'server 2'] : [server],
        withoutDatabase: [],
        injectedMs,
        effectiveMs: injectedMs,
        healingMs: injectedMs,
        healedMs,
        recoveredMs: nowMs(),
      })
    }

    await during('server_kill', 'server 2', () => two.end('SIGKILL').then(two.start))
    await during('sessions_terminated', 'server 1', () =>
      database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name <> 'test'`,
      ),
    )
    await during('server_stop', 'server 1', () => one.end('SIGTERM').then(one.start))
    const present = load.couponNames()
    assert.match(present[0] ?? '', /^CHAOS_DEEP_\d+$/)
    assert.match(present[1] ?? '', /^CHAOS_HOT_\d+$/)
    const history = await load.finish()

    assert.equal([...one.surprises, ...two.surprises], [])
    const facts = await readFacts(database.pool)
    // How fast a busy machine is, is not asked here.
    const results = checkHistory({ history, facts, windows, contextTimeoutMs: 10 * contextTimeoutMs })
    assert.equal(
      violationsOf(results).map(({ check, sentence }) => `${check}: ${sentence}`),
      [],
    )
    const told = new Set(history.operations.map(({ final }) => final?.answer?.told))
    for (const answer of ['claimed', 'already_claimed', 'key_reused', 'confirmed', 'released'])
      assert.ok(told.has(answer), answer)
    const [killed, , stopped] = answersByFault(history, windows)
    assert.ok((killed?.connection_failed ?? 0) > 0)
    assert.ok((stopped?.connection_failed ?? 0) > 0)
    assert.ok(facts.claims.length > 100)
    const asked = history.operations.flatMap(({ attempts }) => attempts).length
    assert.is(lines.filter((line) => line.startsWith('{"step":"ask"')).length, asked)
  } finally {
    await Promise.all([one.end('SIGKILL'), two.end('SIGKILL')])
    await database.close()
    rmSync(folder, { recursive: true })
  }
})

test.run()
