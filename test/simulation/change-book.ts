/** Confirmations and releases: asked, told, and whether it can be true. */
import type { ChangeOutcome } from '../../server/claims/life.ts'
import { lateMsMax } from './book.ts'
import type { ServerProcess } from './server-process.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import { isDue, type Tables } from './tables.ts'

interface Change {
  readonly kind: 'confirm' | 'release'
  readonly claimId: string
  readonly processName: string
  readonly deadlineMs: number
  state: 'open' | 'answered' | 'lost'
  outcome: ChangeOutcome | 'rejected' | null
}

export interface ChangeBook {
  ask(kind: Change['kind'], claimId: string, process: ServerProcess): void
  lose(process: ServerProcess): void
  isAllAnswered(): boolean
  /** Resolves when this process has no change open. */
  drained(processName: string): Promise<void>
  close(): void
}

export interface ChangeBookOptions {
  readonly clock: SimulatedClock
  readonly tables: Tables
  readonly timeoutMs: number
  readonly isCalm: boolean
  readonly fail: (what: string) => void
  readonly trace: ((text: string) => void) | undefined
}

const nothingChanged: readonly string[] = ['unavailable', 'overloaded']
const open: readonly string[] = ['unknown', 'rejected', ...nothingChanged]

export function createChangeBook(options: ChangeBookOptions): ChangeBook {
  const { clock, tables, timeoutMs, isCalm, fail, trace } = options
  const changes: Change[] = []
  const draining: { processName: string; resolve: () => void }[] = []
  const isDrained = (name: string) =>
    changes.every(({ processName, state }) => processName !== name || state !== 'open')
  const nameOf = ({ kind, claimId, processName }: Change) => `${kind} of claim ${claimId} at ${processName}`

  function ask(kind: Change['kind'], claimId: string, process: ServerProcess): void {
    const deadlineMs = clock.now() + timeoutMs
    const change: Change = {
      kind,
      claimId,
      deadlineMs,
      processName: process.name,
      state: 'open',
      outcome: null,
    }
    changes.push(change)
    trace?.(`${nameOf(change)} is asked`)
    clock.wake()
    const why = { actor: 'simulation', reason: null, correlationId: '' }
    process.life[kind](claimId, why, deadlineMs).then(
      (outcome) => {
        receive(change, outcome)
        const { coupon } = tables.claims.get(claimId) ?? {}
        if (kind === 'release' && outcome === 'released' && coupon !== undefined)
          process.noteRelease(coupon.name)
      },
      () => receive(change, 'rejected'),
    )
  }

  function receive(change: Change, outcome: ChangeOutcome | 'rejected'): void {
    if (change.state === 'lost') return
    trace?.(`${nameOf(change)} is told ${outcome}`)
    change.state = 'answered'
    change.outcome = outcome
    for (const { processName, resolve } of draining) if (isDrained(processName)) resolve()
    const lateMs = clock.now() - change.deadlineMs
    if (lateMs > lateMsMax) fail(`${nameOf(change)} was answered ${lateMs} ms after its deadline`)
    if (isCalm && open.includes(outcome)) fail(`${nameOf(change)} was told ${outcome} while all was well`)
    if (!open.includes(outcome) && !isTrue(change, outcome)) fail(`${nameOf(change)} was told ${outcome}`)
  }

  /** Of a claim that may have been changed again since. */
  function isTrue({ kind, claimId }: Change, outcome: string): boolean {
    const claim = tables.claims.get(claimId)
    if (claim === undefined) return outcome === 'not_found'
    if (outcome === 'confirmed') return kind === 'confirm' && ['confirmed', 'released'].includes(claim.state)
    if (outcome === 'expired')
      return claim.state === 'expired' || (kind === 'confirm' && isDue(claim, clock.now()))
    return outcome === 'released' && claim.state === 'released'
  }

  function close(): void {
    for (const change of changes) if (change.state === 'open') fail(`${nameOf(change)} was never answered`)
    for (const { id, state } of tables.claims.values()) {
      if (state !== 'released') continue
      const asked = changes.filter(({ kind, claimId }) => kind === 'release' && claimId === id)
      if (asked.every(({ outcome }) => outcome !== null && nothingChanged.includes(outcome)))
        fail(`claim ${id} is released, and nobody was told so`)
    }
  }

  return {
    ask,
    lose: (process) => {
      for (const change of changes)
        if (change.processName === process.name && change.state === 'open') change.state = 'lost'
    },
    isAllAnswered: () => changes.every(({ state }) => state !== 'open'),
    drained: (processName) =>
      new Promise((resolve) => {
        draining.push({ processName, resolve })
        if (isDrained(processName)) resolve()
      }),
    close,
  }
}
