/** When a process tells what it did, and when it keeps it to itself. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createPeers } from '../../server/live/peers.ts'
import { createPublisher } from '../../server/live/publisher.ts'
import { decodeSummary, type Summary } from '../../server/live/summary.ts'

const test = suite('live: the publisher')

const own: Summary['process'] = {
  id: 'host:1',
  worker: 2,
  strategy: 'batch',
  queue: 1,
  queue_limit: 10,
  in_flight: 0,
  connections: 0,
  event_loop_lag_ms: 0,
}

function open() {
  const state = { watchers: 0, isConnected: true, sent: [] as Summary[] }
  const peers = createPeers()
  const publisher = createPublisher({
    key: 'me',
    describe: () => own,
    peers,
    watchers: () => state.watchers,
    send: async (payload) => {
      const summary = decodeSummary(payload)
      if (state.isConnected) state.sent.push(summary!)
      return state.isConnected
    },
  })
  const hear = (watchers: number) =>
    peers.hear({
      key: 'other',
      process: own,
      watchers,
      isLeaving: false,
      counted: { claims: [0, 0, 0, 0], releases: 0, changes: 0, latencies: [] },
    })
  return { state, publisher, hear }
}

test('nobody watches: nothing is told, and what happened is forgotten', async () => {
  const { state, publisher, hear } = open()
  publisher.totals.claim('claimed', 1)
  await publisher.beat()
  await publisher.leave()
  hear(0)
  await publisher.beat()
  assert.equal(state.sent, [])
  state.watchers = 1
  await publisher.beat()
  assert.equal(state.sent[0]!.counted.claims, [0, 0, 0, 0])
})

test('somebody watches elsewhere: what is new is told, and what is not new once a second', async () => {
  const { state, publisher, hear } = open()
  hear(1)
  await publisher.beat()
  await publisher.beat()
  assert.is(state.sent.length, 1)
  publisher.totals.claim('sold_out', 1)
  await publisher.beat()
  assert.equal(state.sent[1]!.counted.claims, [0, 1, 0, 0])
  assert.equal(state.sent[1]!.process, own)
  await publisher.leave()
  assert.is(state.sent[2]!.isLeaving, true)
})

test('what could not be sent is told with the next summary', async () => {
  const { state, publisher } = open()
  state.watchers = 1
  state.isConnected = false
  publisher.totals.claim('claimed', 1)
  await publisher.beat()
  state.isConnected = true
  publisher.totals.claim('claimed', 1)
  await publisher.beat()
  assert.equal(
    state.sent.map(({ counted }) => counted.claims[0]),
    [2],
  )
})

test.run()
