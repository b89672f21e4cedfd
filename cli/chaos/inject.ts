import { setTimeout as pause } from 'node:timers/promises'
import { createDraw } from './draw.ts'
import type { Fault, FaultName, FaultWindow } from './fault.ts'
import { awaitRecovery, type Listen } from './recovery.ts'
import type { PlannedFault, Step } from './schedule.ts'
import type { World } from './world.ts'

export interface InjectParts {
  readonly world: World
  readonly faults: ReadonlyMap<FaultName, Fault>
  readonly steps: Iterator<Step, never>
  /** Milliseconds since the run began. */
  readonly nowMs: () => number
  /** No fault begins after it. */
  readonly endMs: number
  readonly onDecided: Listen
  /** Told when a fault is over and its servers have recovered, or have not. */
  readonly onWindow: (window: FaultWindow) => void
  /** Told when a fault is about to begin. */
  readonly onBegin: (fault: Fault) => void
  /** Ends the injecting; what is in effect is healed first, and its servers are given their time to come back. */
  readonly signal: AbortSignal
}

/** A server that has not decided anything for so long after the heal has not recovered. */
export const recoveryMsMax = 20_000

/**
 * Injects one step after the other, heals each fault, and waits until its servers decide claims again. Resolves when the
 * last fault is healed. Rejects when a fault cannot be injected or healed; what else was injected is healed by then.
 */
export async function injectFaults(parts: InjectParts): Promise<void> {
  const { steps, nowMs, endMs, signal } = parts
  while (nowMs() < endMs && !signal.aborted) {
    const { faults, pauseMs } = steps.next().value
    const endings = await Promise.allSettled(faults.map((planned) => injectOne(planned, parts)))
    const broken = endings.find((ending) => ending.status === 'rejected')
    if (broken !== undefined) throw broken.reason
    await wait(pauseMs, signal)
  }
}

async function injectOne(planned: PlannedFault, parts: InjectParts): Promise<void> {
  const { world, faults, nowMs, onDecided, onBegin, onWindow, signal } = parts
  const fault = faults.get(planned.name)
  if (fault === undefined) throw new Error(`There is no fault ${planned.name}.`)
  await wait(planned.afterMs, signal)
  if (signal.aborted) return
  onBegin(fault)
  const injectedMs = nowMs()
  const injection = await fault.inject(world, createDraw(planned.seed))
  const effectiveMs = nowMs()
  await wait(injection.lastsMs, signal)
  const healingMs = nowMs()
  await injection.heal()
  const healedMs = nowMs()
  const { target, servers, withoutDatabase } = injection
  // Also after Ctrl-C: whether they come back is what was to be seen.
  const recovery = { servers, sinceMs: healedMs, withinMs: recoveryMsMax }
  const recoveredMs = await awaitRecovery(onDecided, recovery)
  const times = { injectedMs, effectiveMs, healingMs, healedMs, recoveredMs }
  onWindow({ fault: fault.name, target, servers, withoutDatabase, ...times })
}

/** Ends early, without an error, when the signal is aborted. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {})
}
