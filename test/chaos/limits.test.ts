/** What servers tell of their limits, and when it is too much. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { excessesIn, judgeLimits, startLimitProbes } from '../../cli/chaos/limits/limits.ts'
import { startTestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('chaos: limits')

const page = (entries: number) => `# HELP coupon_bounded_entries So much there is.
coupon_bounded_entries{what="claims_waiting"} ${entries}
coupon_bounded_entries{what="claim_lanes"} 3
coupon_bounded_entries_max{what="claims_waiting"} 10
coupon_bounded_entries_max{what="claim_lanes"} 3
`

test('what is over its limit is found, what reaches it is not', () => {
  assert.equal(excessesIn(page(10)), [])
  assert.equal(excessesIn(page(11)), [{ what: 'claims_waiting', entries: 11, max: 10 }])
})

test('a real page has limits to compare with, and keeps them', async () => {
  const server = await startTestServer()
  try {
    const { text } = await server.get('/metrics')
    assert.match(text, /^coupon_bounded_entries\{what="claims_waiting"\} \d+$/m)
    assert.match(text, /^coupon_bounded_entries_max\{what="claims_waiting"\} \d+$/m)
    assert.equal(excessesIn(text), [])
    assert.is(
      excessesIn(text.replaceAll(/^(coupon_bounded_entries_max\{.*\}) \d+$/gm, '$1 -1')).length > 20,
      true,
    )
  } finally {
    await server.close()
  }
})

test('servers are asked again and again; the worst is kept, and one that is down tells nothing', async () => {
  let entries = 11
  const server = createServer((_request, response) => response.end(page(entries))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const down = { name: 'server 2', url: 'http://127.0.0.1:1' }
  const probes = startLimitProbes([{ name: 'server 1', url }, down], () => 1_234)
  await until('it is over', () => probes.excesses[0]?.entries === 11)
  entries = 15
  await until('it is worse', () => probes.excesses[0]?.entries === 15)
  entries = 12
  const asked = probes.pages.get('server 1') ?? 0
  await until('it was asked again', () => (probes.pages.get('server 1') ?? 0) > asked + 1)
  await probes.stop()
  server.close()
  assert.equal([...probes.pages.keys()], ['server 1'])
  assert.equal(judgeLimits(probes, [{ name: 'server 1' }]), [
    'server 1 had 15 of claims_waiting at 1.23 s, and the limit is 10.',
  ])
})

test('a server of which no page with limits was read has not kept them: that was not seen', async () => {
  let [status, text] = [404, 'Nothing here.']
  const server = createServer((_request, response) => response.writeHead(status).end(text))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const one = { name: 'server 1', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const down = { name: 'server 2', url: 'http://127.0.0.1:1' }
  const judged = async () => {
    const probes = startLimitProbes([one, down], () => 0)
    // The first question comes at once, and is waited for.
    await probes.stop()
    return judgeLimits(probes, [one, down])
  }
  const unseen = (name: string) => `${name} told no limits: not one page of its /metrics with any was read.`
  assert.equal(await judged(), [unseen('server 1'), unseen('server 2')])
  status = 200
  assert.equal(await judged(), [unseen('server 1'), unseen('server 2')], 'a page without limits')
  text = page(10)
  assert.equal(await judged(), [unseen('server 2')])
  text = page(11)
  assert.equal(await judged(), [
    'server 1 had 11 of claims_waiting at 0.00 s, and the limit is 10.',
    unseen('server 2'),
  ])
  server.close()
})

test.run()
