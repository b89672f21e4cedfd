/** What happens to database, processes, coupons and listeners while a run is on. */
import type { Random } from '../support/random.ts'
import { type Edit, editCoupon } from './claim-changes.ts'
import { errors } from './errors.ts'
import type { ModelDatabase } from './model-database.ts'
import type { Plan } from './plan.ts'
import type { ServerProcess } from './server-process.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import { addCoupon, type CouponRow } from './tables.ts'

export interface IncidentOptions {
  readonly clock: SimulatedClock
  readonly database: ModelDatabase
  readonly random: Random
  readonly plan: Plan
  readonly processes: readonly ServerProcess[]
  readonly onCrash: (process: ServerProcess) => void
  readonly startProcess: () => void
  readonly trace: ((text: string) => void) | undefined
}

export interface Incidents {
  happen(): void
  /** Somebody changes a coupon, which is no fault and happens in calm runs, too. */
  edit(): void
}

export function createIncidents(options: IncidentOptions): Incidents {
  const { clock, database, random, plan, processes, onCrash, startProcess, trace } = options
  const { next } = random
  const { tables } = database

  function someCoupon(): CouponRow | undefined {
    return [...tables.coupons.values()].filter(({ isDeleted }) => !isDeleted)[next(tables.coupons.size)]
  }

  function someProcess(): ServerProcess | undefined {
    const open = processes.filter(({ state }) => state === 'open')
    return open[next(open.length)]
  }

  /** Holds the coupon's row for so long, and changes it at the end. */
  function change(coupon: CouponRow, edit: Edit, runMs: number): void {
    const process = next(2) === 0 ? someProcess() : undefined
    database.begin<void>({
      onLocked: 'wait',
      coupons: [coupon],
      runMs,
      decide: () => editCoupon(coupon, edit),
      onEnd: (error) => {
        trace?.(`the edit of ${coupon.name} ${JSON.stringify(edit)} has ended ${error?.message ?? ''}`)
        if (error === null && edit.isDeleted) addAgain(coupon)
        if (error !== null || process === undefined) return
        clock.wake()
        clock.at(next(3), () => process.noteEdit(coupon.name))
      },
    })
  }

  /** The database is out of reach for everybody but who changes the stock. */
  function comeBackUnheard(): void {
    const coupon = someCoupon()
    const ms = 1500 + next(1500)
    database.refuse(ms)
    for (const process of processes) if (process.state === 'open') process.loseListener(ms, false)
    if (coupon !== undefined) change(coupon, { amount: coupon.amount + 1 }, 1)
  }

  function addAgain({ name, amount, isReclaimable }: CouponRow): void {
    if (next(3) === 0) return
    clock.at(next(400), () => addCoupon(tables, { name, amount, isReclaimable }, clock.now()))
  }

  function edit(): void {
    const coupon = someCoupon()
    if (coupon === undefined) return
    const kind = next(8)
    if (kind === 0) change(coupon, { isPaused: !coupon.isPaused }, 1)
    else if (kind === 1) change(coupon, { isDeleted: true }, 1)
    else if (kind === 2) change(coupon, {}, 1)
    else change(coupon, { amount: Math.max(0, coupon.amount + next(4) - 1) }, 1 + next(3))
  }

  const kinds: readonly [string, () => void][] = [
    ['the database is frozen', () => database.freeze(next(plan.timeoutMs * 2))],
    ['the database refuses connections', () => database.refuse(next(plan.timeoutMs * 2))],
    ['the database crashes', () => database.crash(next(800))],
    ['stock comes back, and nobody can hear of it', comeBackUnheard],
    ['stock comes back, and nobody can hear of it', comeBackUnheard],
    ['a session is ended', () => database.victim(next)?.abort(errors.terminated)],
    [
      'somebody holds a coupon',
      () => {
        const coupon = someCoupon()
        if (coupon !== undefined) change(coupon, {}, next(plan.timeoutMs * 2))
      },
    ],
    ['a listener is lost', () => someProcess()?.loseListener(next(2500), next(2) === 0)],
    [
      'a process crashes',
      () => {
        const process = someProcess()
        if (process === undefined) return
        trace?.(`${process.name} crashes`)
        process.crash()
        onCrash(process)
        clock.at(next(300), startProcess)
      },
    ],
    [
      'a process closes',
      () => {
        const process = someProcess()
        if (process === undefined) return
        trace?.(`${process.name} closes`)
        clock.wake()
        void process.close()
        clock.at(next(300), startProcess)
      },
    ],
  ]

  return {
    edit,
    happen: () => {
      const [name, run] = kinds[next(kinds.length)] as (typeof kinds)[number]
      trace?.(name)
      run()
    },
  }
}
