/** What is told to whom, with reads and sinks of the test's own: gaps, slow readers, a database that is away. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLive } from '../../server/live/live.ts'
import { createPeers } from '../../server/live/peers.ts'
import type { CouponRow, Reads, RecentClaim } from '../../server/live/reads.ts'
import { encodeSummary, type Summary } from '../../server/live/summary.ts'
import type { Viewer } from '../../server/live/watch.ts'

const test = suite('live: the hub')

const nothing: Summary['counted'] = { claims: [0, 0, 0, 0], releases: 0, changes: 0, latencies: [] }
const oneClaim: Summary['counted'] = { ...nothing, claims: [1, 0, 0, 0], latencies: [5, 1] }
const own: Summary['process'] = {
  id: 'host:1',
  worker: null,
  strategy: 'batch',
  queue: 0,
  queue_limit: 10,
  in_flight: 0,
  connections: 0,
  event_loop_lag_ms: 0,
}

const couponOf = (id: string, remaining_amount: number, is_deleted = false): CouponRow => ({
  id,
  name: `C${id}`,
  amount: 9,
  remaining_amount,
  held: 0,
  state: 'active',
  starts_at: null,
  ends_at: null,
  is_deleted,
})

function open() {
  const stored = {
    coupons: [couponOf('1', 9)],
    recent: [] as RecentClaim[],
    isDown: false,
    looks: 0,
    lookMs: 0,
  }
  const answer = async <T>(rows: T): Promise<T> => {
    if (stored.isDown) throw new Error('down')
    return rows
  }
  const reads: Reads = {
    coupons: () => {
      stored.looks += 1
      nowMs += stored.lookMs
      return answer(stored.coupons.map((row) => ({ ...row })))
    },
    coupon: (name) => answer(stored.coupons.find((row) => row.name === name) ?? null),
    recent: () => answer([...stored.recent]),
    recentOf: (usernames) => answer(stored.recent.filter(({ username }) => usernames.includes(username))),
  }
  const errors: unknown[] = []
  let nowMs = 0
  /** What a process does every quarter of a second, without a summary of its own. */
  const pass = async (afterMs = 250) => {
    nowMs += afterMs
    await live.pass()
  }
  const live = createLive({
    key: 'me',
    reads,
    peers: createPeers(() => nowMs),
    watchersMax: 10,
    announce: () => tell(),
    onError: (error) => errors.push(error),
    now: () => nowMs,
  })
  const tell = (counted = nothing, key = 'me') =>
    live.hear(encodeSummary({ key, process: own, watchers: live.watchers(), isLeaving: false, counted }))
  const watch = async (change: Partial<Viewer> = {}) => {
    const seen = { frames: [] as string[], pending: 0 }
    const sink = {
      write: (frame: Buffer) => void seen.frames.push(frame.toString()),
      pendingBytes: () => seen.pending,
      end: () => {},
      destroy: () => {},
    }
    const viewer = { username: null, isAdmin: true, couponName: null, isAllowed: () => true, ...change }
    const leave = await live.watch(viewer, () => sink)
    return { seen, leave, kinds: () => seen.frames.map((frame) => /^event: (\w+)/.exec(frame)?.[1]) }
  }
  /** What the last frame told. */
  const last = ({ seen }: { seen: { frames: string[] } }) => {
    const [, json = '{}'] = /^data: (.*)$/m.exec(seen.frames.at(-1) ?? '') ?? []
    return JSON.parse(json)
  }
  const wait = (ms: number) => {
    nowMs += ms
  }
  return { stored, live, pass, tell, watch, wait, last, errors }
}

test('claims of all processes are added up, and the stock is looked at once', async () => {
  const { stored, pass, tell, watch, last } = open()
  const one = await watch()
  await pass()
  const before = stored.looks
  stored.coupons = [couponOf('1', 7)]
  tell(oneClaim, 'a')
  tell(oneClaim, 'b')
  await pass()
  assert.is(last(one).claims.claimed, 2)
  assert.equal(last(one).coupons[0].remaining_amount, 7)
  assert.is(stored.looks, before + 1)
  const frames = one.seen.frames.length
  await pass()
  assert.is(one.seen.frames.length, frames, 'nothing new, nothing told')
})

test('a slow one is left out, and told the state when it has caught up', async () => {
  const { stored, pass, tell, watch, last } = open()
  const [slow, quick] = [await watch(), await watch()]
  slow.seen.pending = 1_000_000
  for (let left = 8; left > 0; left -= 1) {
    stored.coupons = [couponOf('1', left)]
    tell(oneClaim)
    await pass()
  }
  assert.equal(slow.kinds(), ['snapshot'])
  assert.ok(quick.seen.frames.length > 5)
  slow.seen.pending = 0
  await pass()
  assert.equal(slow.kinds(), ['snapshot', 'snapshot'])
  assert.is(last(slow).coupons[0].remaining_amount, last(quick).coupons[0].remaining_amount)
})

test('one that has caught up when the processes are heard again is told what happened then, once', async () => {
  const { live, pass, tell, watch, last } = open()
  const slow = await watch()
  await pass()
  slow.seen.pending = 1_000_000
  tell(oneClaim)
  await pass()
  slow.seen.pending = 0
  live.lose()
  tell(oneClaim)
  const from = slow.seen.frames.length
  await pass()
  assert.equal(slow.kinds().slice(from), ['snapshot', 'tick'])
  assert.is(last(slow).claims.claimed, 1)
})

test('while the processes are not heard nothing is told; then everything anew', async () => {
  const { stored, live, pass, tell, watch, last } = open()
  const one = await watch()
  await pass()
  live.lose()
  // The announcement that follows comes back at once here.
  const frames = one.seen.frames.length
  stored.coupons = [couponOf('1', 3)]
  await pass()
  assert.is(one.seen.frames.length, frames + 1)
  assert.is(one.kinds().at(-1), 'snapshot')
  assert.is(last(one).coupons[0].remaining_amount, 3)
  tell(oneClaim)
  await pass()
  assert.is(one.kinds().at(-1), 'tick')
})

test('a database that is away is told of once, and nothing is told until it is back', async () => {
  const { stored, live, pass, tell, watch, last, errors } = open()
  const one = await watch()
  await pass()
  const frames = one.seen.frames.length
  stored.isDown = true
  tell(oneClaim)
  await pass()
  tell(oneClaim)
  await pass()
  assert.is(one.seen.frames.length, frames)
  assert.is(errors.length, 1)
  await watch().then(
    () => assert.unreachable('there is nothing to be shown'),
    (error: Error) => assert.is(error.message, 'down'),
  )
  assert.is(live.watchers(), 1)
  stored.isDown = false
  await pass()
  assert.equal(one.kinds().slice(frames), ['snapshot', 'tick'])
  assert.is(last(one).claims.claimed, 2, 'what was heard meanwhile is not lost')
})

test('after a look that took long and failed, nobody is told anything before the next one', async () => {
  const { stored, live, pass, tell, watch, wait } = open()
  const one = await watch()
  await pass()
  const frames = one.seen.frames.length
  stored.lookMs = 500
  stored.isDown = true
  tell(oneClaim)
  await pass()
  stored.isDown = false
  stored.lookMs = 0
  tell()
  await pass()
  assert.is(one.seen.frames.length, frames)
  wait(2000)
  tell()
  await pass()
  assert.equal(one.kinds().slice(frames), ['snapshot', 'tick'])
  assert.is(live.watchers(), 1)
})

test('whoever comes just after a change was told is told of it too', async () => {
  const { stored, pass, tell, watch, last } = open()
  const first = await watch()
  stored.coupons = [couponOf('1', 8)]
  tell(oneClaim)
  await pass(50)
  const second = await watch()
  assert.equal(
    [last(first), last(second)].map(({ coupons }) => coupons[0].remaining_amount),
    [8, 8],
  )
})

test('what changed in a gap just after the first snapshot is told', async () => {
  const { stored, live, pass, watch, last } = open()
  const one = await watch()
  live.lose()
  stored.coupons = [couponOf('1', 8)]
  await pass(50)
  assert.equal(one.kinds(), ['snapshot', 'snapshot', 'tick'])
  assert.equal(last({ seen: { frames: one.seen.frames.slice(0, 2) } }).coupons[0].remaining_amount, 8)
})

test('a coupon that is deleted is told once, also when its name is taken again', async () => {
  const { stored, pass, tell, watch, last } = open()
  const one = await watch()
  await pass()
  stored.coupons = [{ ...couponOf('2', 5), name: 'C1' }, couponOf('1', 9, true)]
  tell(oneClaim)
  await pass()
  assert.equal(
    last(one).coupons.map(({ name, deleted }: { name: string; deleted?: true }) => [name, deleted]),
    [
      ['C1', true],
      ['C1', undefined],
    ],
  )
  tell(oneClaim)
  await pass()
  assert.equal(last(one).coupons, [])
})

test('a user’s own claims go to that user alone', async () => {
  const { stored, pass, tell, watch, last } = open()
  const [ada, bob] = [
    await watch({ username: 'ada', isAdmin: false }),
    await watch({ username: 'bob', isAdmin: false }),
  ]
  await pass()
  stored.recent = [{ id: '1', coupon: 'C1', username: 'ada', state: 'held', at: 1 }]
  tell(oneClaim)
  await pass()
  assert.equal([last(ada).recent.length, last(bob).recent.length], [1, 0])
  stored.recent = [{ id: '1', coupon: 'C1', username: 'ada', state: 'confirmed', at: 2 }]
  tell({ ...nothing, changes: 1 })
  await pass()
  assert.is(last(ada).recent[0].state, 'confirmed')
})

test('whoever comes while the server closes is not let in, and not kept', async () => {
  const { live, watch } = open()
  const coming = watch().then(
    () => assert.unreachable('its stream would never end'),
    (error: { code?: string }) => assert.is(error.code, 'unreachable'),
  )
  live.drain()
  await coming
  assert.equal(
    [
      live.refusal({ username: null, isAdmin: true, couponName: null, isAllowed: () => true }),
      live.watchers(),
    ],
    ['closing', 0],
  )
})

test('when nobody watches, nothing is looked at', async () => {
  const { stored, live, pass, tell, watch } = open()
  const one = await watch()
  one.leave()
  const before = stored.looks
  tell(oneClaim)
  await pass()
  assert.equal([stored.looks, live.coupons(), live.watchers()], [before, 0, 0])
})

test.run()
