import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FaultWindow } from '../../cli/chaos/fault.ts'
import { judgeReadiness } from '../../cli/chaos/readiness/judge.ts'
import {
  type ReadinessAnswer,
  type ReadinessProbe,
  startReadinessProbes,
} from '../../cli/chaos/readiness/probes.ts'
import { until } from '../support/until.ts'

const test = suite('chaos: readiness')

const freeze: FaultWindow = {
  fault: 'postgres_freeze',
  target: 'Postgres',
  servers: ['server 1', 'server 2'],
  withoutDatabase: ['server 1', 'server 2'],
  injectedMs: 9_900,
  effectiveMs: 10_000,
  healingMs: 13_000,
  healedMs: 13_100,
  recoveredMs: 13_200,
}

const kill: FaultWindow = { ...freeze, fault: 'server_kill', servers: ['server 1'], withoutDatabase: [] }
const held: FaultWindow = { ...freeze, fault: 'row_held', withoutDatabase: [] }
const cut: FaultWindow = { ...freeze, fault: 'connections_cut', withoutDatabase: [], healedMs: 9_900 }

function probe(atMs: number, answer: ReadinessAnswer, tookMs = 10): ReadinessProbe {
  return { server: 'server 1', atMs, tookMs, answer }
}

function judge(windows: FaultWindow[], ...probes: ReadinessProbe[]) {
  return judgeReadiness(probes, { windows, stalls: [], servers: [] }).violations.map(
    ({ sentence }) => sentence,
  )
}

test('answers as promised: before, during and after', () => {
  assert.equal(
    judge(
      [freeze],
      probe(9_800, 'ready'),
      probe(9_950, 'not_ready', 900),
      probe(10_900, 'ready'),
      probe(11_100, 'not_ready', 900),
      probe(12_900, 'ready', 200),
      probe(13_900, 'not_ready'),
      probe(14_300, 'ready'),
    ),
    [],
  )
  assert.equal(
    judge([kill], probe(9_950, 'refused'), probe(13_050, 'refused'), probe(13_500, 'not_ready')),
    [],
  )
  assert.equal(judge([held], probe(12_000, 'ready')), [])
  assert.equal(judge([cut], probe(10_400, 'not_ready')), [])
})

test('ready without a database is a lie, of one server after a second', () => {
  const other = { ...probe(12_000, 'ready'), server: 'server 3' }
  assert.equal(judge([freeze], probe(11_100, 'ready'), probe(11_200, 'ready'), other), [
    'server 1, asked whether it is ready 2 times from 11.10 s to 11.20 s, said ready, but had no database from 10.00 s to 13.00 s (postgres_freeze).',
  ])
})

test('not ready while nothing is wrong, or when it should have mended, is a fault', () => {
  const fault = 'said not ready, but nothing was wrong for 1000 ms.'
  const asked = (when: string) => `server 1, asked whether it is ready at ${when}, ${fault}`
  assert.equal(judge([], probe(5_000, 'not_ready')), [asked('5.00 s')])
  assert.equal(judge([freeze], probe(14_200, 'not_ready')), [asked('14.20 s')])
  assert.equal(judge([held], probe(12_000, 'not_ready')), [asked('12.00 s')])
  assert.equal(judge([kill], { ...probe(12_000, 'not_ready'), server: 'server 2' }).length, 1)
})

test('a server that listens must answer, also without a database; one that was killed need not', () => {
  const silent = probe(11_000, 'silent', 1_500)
  assert.equal(judge([freeze], silent), [
    'server 1, asked whether it is ready at 11.00 s, did not answer within 1500 ms.',
  ])
  assert.equal(judge([kill], silent), [])
  assert.equal(judge([freeze], probe(11_000, 'refused')), [
    'server 1, asked whether it is ready at 11.00 s, refused the connection or broke it, but was not stopped.',
  ])
  assert.equal(judge([kill], probe(13_200, 'refused')).length, 1)
  assert.equal(judge([kill], probe(12_000, 'wrong')).length, 1)
})

test('a server that has lost a worker says ready all the same; a question to that worker may break off', () => {
  const killed: FaultWindow = { ...kill, fault: 'worker_kill' }
  assert.equal(
    judge([killed], probe(9_950, 'refused', 5), probe(10_400, 'refused'), probe(12_000, 'ready')),
    [],
  )
  assert.equal(judge([killed], probe(9_800, 'refused')).length, 1)
  assert.equal(judge([killed], probe(10_600, 'refused')).length, 1)
  assert.equal(judge([killed], probe(10_000, 'silent', 1_500)).length, 1)
  assert.equal(judge([killed], probe(10_100, 'not_ready')).length, 1)
  assert.equal(judge([killed, freeze], probe(10_100, 'not_ready')), [])
})

test('what is said while this machine stands still, or right after, is not judged; a refusal then is', () => {
  const stalls = [{ fromMs: 4_000, untilMs: 5_000 }]
  const judgedAt = (atMs: number, answer: ReadinessAnswer, tookMs = 10) => {
    const { violations, unjudged } = judgeReadiness([probe(atMs, answer, tookMs)], {
      windows: [],
      stalls,
      servers: [],
    })
    return [violations.length, unjudged]
  }
  assert.equal(judgedAt(2_900, 'not_ready', 900), [1, 0])
  assert.equal(judgedAt(3_200, 'not_ready', 900), [0, 1])
  assert.equal(judgedAt(5_900, 'not_ready'), [0, 1])
  assert.equal(judgedAt(5_900, 'silent', 1_500), [0, 1])
  assert.equal(judgedAt(6_100, 'not_ready'), [1, 0])
  assert.equal(judgedAt(4_500, 'refused'), [1, 0])
  assert.equal(judgedAt(4_500, 'ready'), [0, 0])
})

test('a server that was never asked, or never said ready, has not been seen to tell the truth', () => {
  const judgeAll = (...probes: ReadinessProbe[]) =>
    judgeReadiness(probes, {
      windows: [kill],
      stalls: [{ fromMs: 0, untilMs: 60_000 }],
      servers: ['server 1', 'server 2'],
    }).violations.map(({ sentence }) => sentence)
  const never = 'server 2 was never asked whether it is ready.'
  assert.equal(judgeAll(probe(12_000, 'refused'), probe(13_500, 'not_ready')), [
    'server 1 was asked 2 times whether it is ready, and never said so.',
    never,
  ])
  assert.equal(judgeAll(probe(12_000, 'refused'), probe(13_500, 'ready')), [never])
})

test('one fault that goes on is one sentence, and an answer as promised ends it', () => {
  const sentences = judge(
    [],
    probe(1_000, 'not_ready'),
    probe(1_100, 'not_ready'),
    probe(1_200, 'ready'),
    probe(1_300, 'not_ready'),
  )
  assert.is(sentences.length, 2)
  assert.match(sentences[0]!, '2 times from 1.00 s to 1.10 s')
  assert.match(sentences[1]!, 'at 1.30 s')
})

test('a server is asked again and again, and what it says is written down', async () => {
  let status = 200
  const server = createServer((_request, response) => {
    if (status === 0) return
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { probes, stop } = startReadinessProbes([{ name: 'server 1', url }], () => performance.now())
  const untilSaid = (answer: ReadinessAnswer) => until(answer, () => probes.at(-1)?.answer === answer)
  await untilSaid('ready')
  status = 503
  await untilSaid('not_ready')
  status = 500
  await untilSaid('wrong')
  status = 0
  await untilSaid('silent')
  server.close()
  server.closeAllConnections()
  await untilSaid('refused')
  await stop()
  assert.ok(probes.every(({ server, tookMs }) => server === 'server 1' && tookMs >= 0))
})

test('a silence is written down also when this process stood still meanwhile: that is judged by the stalls', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const nowMs = () => performance.now()
  const { probes, stop } = startReadinessProbes([{ name: 'server 1', url }], nowMs)
  await until('it is asked', () => probes.length > 0)
  const [fromMs, before] = [nowMs(), probes.length]
  while (nowMs() < fromMs + 500);
  const untilMs = nowMs()
  await stop()
  server.closeAllConnections()
  server.close()
  const after = probes.slice(before).filter(({ atMs }) => atMs < fromMs)
  assert.ok(after.length > 10, `${after.length}`)
  const stalls = [{ fromMs, untilMs }]
  const { violations, unjudged } = judgeReadiness(after, { windows: [], stalls, servers: [] })
  assert.equal([violations.length, unjudged], [0, after.length])
})

test.run()
