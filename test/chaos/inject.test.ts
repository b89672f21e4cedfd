import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault, FaultName, FaultWindow } from '../../cli/chaos/fault.ts'
import { injectFaults } from '../../cli/chaos/inject.ts'
import type { Listen, OnDecided } from '../../cli/chaos/recovery.ts'
import type { Step } from '../../cli/chaos/schedule.ts'
import type { World } from '../../cli/chaos/world.ts'

const world = {} as World

/** A load of which the test says what was decided, and when. */
function createDecisions() {
  const listeners = new Set<OnDecided>()
  const listen: Listen = (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const decide: OnDecided = (...decision) => {
    for (const listener of [...listeners]) listener(...decision)
  }
  return { listeners, listen, decide }
}

function fault(name: FaultName, parts: Partial<Fault> & { onHeal?: () => void } = {}): Fault {
  const { onHeal = () => {}, ...rest } = parts
  return {
    name,
    title: name,
    impossible: () => null,
    inject: async () => ({
      target: 'server 1',
      servers: ['server 1'],
      withoutDatabase: [],
      lastsMs: 0,
      heal: async () => onHeal(),
    }),
    ...rest,
  }
}

interface Run {
  readonly faults: readonly Fault[]
  readonly steps: readonly FaultName[][]
  readonly onHealed?: (decide: OnDecided, atMs: number) => void
}

/** The clock moves by one with each look, so that every moment of a run is another. */
async function inject({ faults, steps, onHealed }: Run) {
  const windows: FaultWindow[] = []
  const controller = new AbortController()
  const { listen, decide, listeners } = createDecisions()
  let now = 0
  const left = [...steps]
  const planned: Iterator<Step, never> = {
    next: () => {
      const names = left.shift() ?? []
      if (left.length === 0) now = 1_000_000
      return {
        value: { faults: names.map((name) => ({ name, seed: 1, afterMs: 0 })), pauseMs: 0 },
        done: false,
      }
    },
  }
  const listenAndTell: Listen = (listener) => {
    const stop = listen(listener)
    queueMicrotask(() => onHealed?.(decide, now))
    return stop
  }
  const ended = injectFaults({
    world,
    faults: new Map(faults.map((each) => [each.name, each])),
    steps: planned,
    nowMs: () => now++,
    endMs: 1_000_000,
    onDecided: listenAndTell,
    onWindow: (window) => windows.push(window),
    onBegin: () => {},
    signal: controller.signal,
  })
  return { ended, windows, listeners, abort: () => controller.abort() }
}

test('a server has recovered with the first decision about a claim that was sent after the heal', async () => {
  const { ended, windows, listeners } = await inject({
    faults: [fault('server_kill')],
    steps: [['server_kill']],
    onHealed: (decide, now) => {
      decide('server 1', now - 500, now + 10) // sent before the heal
      decide('server 2', now, now + 20) // did not feel it
      decide('server 1', now, now + 30)
      decide('server 1', now, now + 40) // later
    },
  })
  await ended
  const [window] = windows
  assert.is(windows.length, 1)
  assert.ok(window?.recoveredMs !== null && window !== undefined)
  assert.is(window.recoveredMs - window.healedMs, 31)
  assert.ok(window.injectedMs < window.effectiveMs && window.effectiveMs < window.healingMs)
  assert.is(listeners.size, 0)
})

test('a fault that cannot be injected ends the run, after what overlaps it was healed', async () => {
  let healed = 0
  const { ended } = await inject({
    faults: [
      fault('server_kill', { onHeal: () => healed++ }),
      fault('row_held', { inject: () => Promise.reject(new Error('no such row')) }),
    ],
    steps: [['server_kill', 'row_held']],
    onHealed: (decide, now) => decide('server 1', now, now + 1),
  })
  try {
    await ended
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'no such row')
  }
  assert.is(healed, 1)
})

test('an interruption heals what is in effect, sees its servers come back, and begins nothing more', async () => {
  let healed = 0
  let begun = 0
  const { ended, windows, abort } = await inject({
    faults: [
      fault('row_held', {
        inject: async () => {
          begun++
          queueMicrotask(() => abort())
          return {
            target: 'coupon A',
            servers: ['server 1'],
            withoutDatabase: [],
            lastsMs: 60_000,
            heal: async () => {
              healed++
            },
          }
        },
      }),
    ],
    steps: [['row_held'], ['row_held'], ['row_held']],
    onHealed: (decide, now) => decide('server 1', now, now + 1),
  })
  await ended
  assert.equal([begun, healed], [1, 1])
  assert.ok(windows[0]?.recoveredMs !== null)
})

test.run()
