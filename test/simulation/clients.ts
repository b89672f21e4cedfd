/** The clients: who asks for what, asks again, clicks twice, leaves, confirms and gives back. */
import type { Random } from '../support/random.ts'
import { type Attempt, type Book, isDefinite, nameOf, type Wish } from './book.ts'
import type { ChangeBook } from './change-book.ts'
import { type Plan, poisonName } from './plan.ts'
import type { ServerProcess } from './server-process.ts'
import type { SimulatedClock } from './simulated-clock.ts'

export interface Clients {
  /** Somebody new; now and then twice. */
  arrive(): void
  ask(wish: Wish, process?: ServerProcess): void
  newWish(more?: Partial<Wish>): Wish
  /** Whoever was being answered by this process hears nothing more. */
  lose(process: ServerProcess): void
  /** Nobody asks again of himself from now on. */
  calmDown(): void
}

export interface ClientsOptions {
  readonly clock: SimulatedClock
  readonly random: Random
  readonly plan: Plan
  readonly book: Book
  readonly changes: ChangeBook
  readonly processes: readonly ServerProcess[]
  readonly trace: ((text: string) => void) | undefined
}

const attemptsMax = 4
const holdSeconds = [1, 1, 2, 3]

export function createClients(options: ClientsOptions): Clients {
  const { clock, random, plan, book, changes, processes, trace } = options
  const { next } = random
  const percent = (share: number) => next(100) < share
  let isCalmedDown = false

  /** Not any more when everybody has calmed down. */
  const later = (ms: number, run: () => void) => clock.at(ms, () => isCalmedDown || run())
  const open = () => processes.filter(({ state }) => state === 'open')

  function newWish(more: Partial<Wish> = {}): Wish {
    const couponName = `C${next(plan.amounts.length + (percent(3) ? 1 : 0))}`
    const username = someUser()
    const isHeld = percent(plan.heldPercent)
    const claimKey = `k${book.wishes.length + 1}`
    const isOfCaller = percent(plan.keyedPercent)
    const wish: Wish = {
      couponName,
      username,
      claimKey,
      holdSeconds: isHeld ? holdSeconds[next(holdSeconds.length)] : undefined,
      payloadHash: undefined,
      isUserKnown: username.startsWith('u') && percent(70),
      attempts: [],
      truth: null,
      ...(isOfCaller && !isHeld ? { payloadHash: `${username} ${couponName}` } : {}),
      ...more,
    }
    book.wishes.push(wish)
    return wish
  }

  function someUser(): string {
    if (percent(2)) return 'nobody'
    if (percent(2) && !plan.isCalm) return poisonName
    return plan.usernames[next(plan.usernames.length)] ?? 'u0'
  }

  function arrive(): void {
    const wish = newWish()
    ask(wish)
    if (percent(20))
      later(next(20), () => ask(wish.payloadHash === undefined ? newWish(sameUser(wish)) : wish))
    if (wish.payloadHash !== undefined && percent(6)) later(next(200), () => ask(otherPayload(wish)))
  }

  const sameUser = ({ couponName, username, isUserKnown }: Wish) => ({ couponName, username, isUserKnown })

  /** The same key for something else, which is a mistake of the caller's. */
  function otherPayload({ claimKey, username, isUserKnown }: Wish): Wish {
    const couponName = `C${next(plan.amounts.length)}`
    const payloadHash = `${username} ${couponName} again`
    return newWish({ claimKey, username, isUserKnown, couponName, payloadHash })
  }

  function ask(wish: Wish, process = anyProcess()): void {
    if (process === undefined) return
    const { couponName, username, claimKey, holdSeconds, payloadHash, isUserKnown } = wish
    const deadlineMs = clock.now() + plan.timeoutMs
    const attempt: Attempt = {
      wish,
      request: {
        couponName,
        username,
        claimKey,
        holdSeconds,
        payloadHash,
        isUserKnown,
        deadlineMs,
        isAbandoned: () => attempt.hasLeft,
      },
      processName: process.name,
      freshSince: () => process.freshSince(couponName),
      state: 'open',
      outcome: null,
      hasLeft: false,
    }
    book.ask(attempt)
    trace?.(`${nameOf(attempt)} asks`)
    if (!isCalmedDown && percent(6))
      clock.at(next(plan.timeoutMs), () => {
        attempt.hasLeft = true
      })
    clock.wake()
    process.claims.claim(attempt.request).then(
      (decision) => {
        trace?.(`${nameOf(attempt)} is told ${decision.outcome} ${decision.claimId ?? ''}`)
        book.answer(attempt, decision)
        if (!isCalmedDown) goOn(attempt, decision.claimId)
      },
      (error: unknown) => {
        trace?.(`${nameOf(attempt)} gets ${String(error)}`)
        book.reject(attempt, error)
        if (!isCalmedDown) goOn(attempt, null)
      },
    )
  }

  function anyProcess(): ServerProcess | undefined {
    const all = open()
    return all[next(all.length)]
  }

  function goOn({ wish, outcome }: Attempt, claimId: string | null): void {
    if (outcome === 'claimed' && claimId !== null) {
      enjoy(wish, claimId)
      return
    }
    const isSettled = outcome !== null && isDefinite(outcome)
    if (wish.attempts.length >= attemptsMax || !percent(isSettled ? 15 : 70)) return
    later(next(400), () => ask(wish.payloadHash === undefined ? newWish(sameUser(wish)) : wish))
  }

  function enjoy(wish: Wish, claimId: string): void {
    const change = (kind: 'confirm' | 'release') =>
      clock.at(next(wish.holdSeconds === undefined ? 600 : 2500), () => {
        const process = anyProcess()
        if (process !== undefined && !isCalmedDown) changes.ask(kind, claimId, process)
      })
    if (wish.holdSeconds !== undefined && percent(50)) change('confirm')
    if (percent(35)) change('release')
    if (percent(5)) change('release')
  }

  return {
    arrive,
    ask,
    newWish,
    lose: (process) => {
      for (const attempt of book.attempts) {
        if (attempt.processName !== process.name || attempt.state !== 'open') continue
        book.lose(attempt)
        if (!isCalmedDown) goOn(attempt, null)
      }
      changes.lose(process)
    },
    calmDown: () => {
      isCalmedDown = true
    },
  }
}
