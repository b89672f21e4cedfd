/** Who watches: how many there may be, what a slow one costs, and when a stream is ended. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Viewer } from '../../server/live/watch.ts'
import { createWatchers, type Seat } from '../../server/live/watchers.ts'

const test = suite('live: watchers')
const frame = Buffer.alloc(1000)

const viewerOf = (change: Partial<Viewer> = {}): Viewer => ({
  username: null,
  isAdmin: true,
  couponName: null,
  isAllowed: () => true,
  ...change,
})

function open(max = 10) {
  let nowMs = 0
  const watchers = createWatchers({ max, now: () => nowMs })
  const add = (viewer = viewerOf()) => {
    const seen = { frames: 0, pending: 0, end: '' }
    const seat = watchers.seat(viewer)
    seat.sink = {
      write: ({ length }) => {
        seen.frames += 1
        seen.pending += length
      },
      pendingBytes: () => seen.pending,
      end: () => {
        seen.end = 'ended'
      },
      destroy: () => {
        seen.end = 'cut'
      },
    }
    return { seat, seen }
  }
  const sendAll = (seats: readonly Seat[]) => {
    for (const seat of seats) watchers.send(seat, frame)
  }
  return {
    watchers,
    add,
    sendAll,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

test('there are so many places, and a user has some of them', () => {
  const { watchers, add } = open(30)
  const alice = viewerOf({ username: 'alice' })
  for (let n = 0; n < 20; n += 1) {
    assert.is(watchers.refusal(alice), null)
    add(alice)
  }
  assert.is(watchers.refusal(alice), 'too_many_of_user')
  for (let n = 0; n < 10; n += 1) add()
  assert.is(watchers.refusal(viewerOf()), 'full')
  watchers.close()
  assert.is(watchers.refusal(viewerOf()), 'closing')
  assert.is(watchers.size(), 0)
})

test('a slow one gets no frames beyond a bound, and is told anew when it has caught up; the others go on', () => {
  const { watchers, add, sendAll } = open()
  const [slow, quick] = [add(), add()]
  for (let n = 0; n < 10_000; n += 1) {
    quick.seen.pending = 0
    sendAll([slow.seat, quick.seat])
  }
  assert.is(quick.seen.frames, 10_000)
  assert.ok(slow.seen.pending <= 128 * 1024 + frame.length, `${slow.seen.pending} bytes wait`)
  assert.equal(watchers.caughtUp(), [])
  slow.seen.pending = 10
  assert.equal(watchers.caughtUp(), [], 'not before all of it is out: it may be slow still')
  slow.seen.pending = 0
  assert.equal(watchers.caughtUp(), [slow.seat])
  assert.equal(watchers.caughtUp(), [], 'once')
})

test('one that stays slow is cut; one whose token has ended gets an end', () => {
  const { watchers, add, sendAll, pass } = open()
  let isAllowed = true
  const [slow, quick] = [add(), add(viewerOf({ isAllowed: () => isAllowed }))]
  slow.seen.pending = 1_000_000
  sendAll([slow.seat, quick.seat])
  pass(9_000)
  watchers.weed()
  assert.equal([slow.seen.end, quick.seen.end], ['', ''])
  pass(2_000)
  watchers.weed()
  assert.equal([slow.seen.end, quick.seen.end], ['cut', ''])
  isAllowed = false
  watchers.weed()
  assert.equal([quick.seen.end, watchers.size()], ['ended', 0])
})

test('what is told before the first frame is made up for', () => {
  const { watchers, add, sendAll } = open()
  const { seat, seen } = add()
  const { sink } = seat
  seat.sink = null
  sendAll([seat])
  assert.equal(watchers.caughtUp(), [])
  watchers.weed()
  seat.sink = sink
  assert.equal([seen.frames, watchers.caughtUp().length], [0, 1])
})

test('the names of users, who are shown their own claims: each once, and no admin’s', () => {
  const { watchers, add } = open()
  for (const username of ['bob', 'alice', 'bob']) add(viewerOf({ username, isAdmin: false }))
  add(viewerOf({ username: 'root' }))
  add()
  assert.equal(watchers.usernames().sort(), ['alice', 'bob'])
})

test.run()
