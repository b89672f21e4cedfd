import type { Sessions } from './auth/sessions.ts'
import { systemClock } from './claims/batcher-clock.ts'
import type { AskEligibility, ClaimRecords } from './claims/life.ts'
import { within } from './claims/within.ts'
import type { Coupons } from './coupons/coupons.ts'
import { AppError } from './errors.ts'
import type { Live, ReadCurve } from './live/watch.ts'
import type { Users } from './users/users.ts'

/**
 * How long an answer may take, so that it is heard before `context.timeout` is over: what is decided at the last moment still
 * waits for its turn of the event loop.
 */
export function answerMsOf(contextTimeoutMs: number): number {
  return contextTimeoutMs * 0.95
}

/** What the routes ask the database for, beside claims and their changes, which have deadlines of their own. */
export interface Ports {
  readonly coupons: Coupons
  readonly users: Users
  readonly sessions: Sessions
  readonly claimRecords: ClaimRecords
  readonly askEligibility: AskEligibility
  readonly live: Live
  readonly readCurve: ReadCurve
  /** Null in token mode. */
  readonly registerDemoUsers: (() => Promise<unknown>) | null
}

/**
 * The same, each answered within `timeoutMs`: the time limits of a connection and of each statement would add up. What
 * comes later is dropped. Reads that are late throw `AppError('unreachable')`; writes, which may be done all the same,
 * `AppError('outcome_unknown')`.
 *
 * A new audience may be a list of a million names, and an old one as many to be removed: so there the database has to
 * answer once in time before it begins, and then each statement.
 */
export function inTime(ports: Ports, timeoutMs: number): Ports {
  const { coupons, users, sessions, claimRecords, askEligibility, live, readCurve, registerDemoUsers } = ports
  const read = bounded(timeoutMs, () => new AppError('unreachable', 'The database did not answer in time.'))
  const write = bounded(
    timeoutMs,
    () =>
      new AppError('outcome_unknown', 'The database did not answer in time; it may be done all the same.'),
  )
  const edit = write(coupons.edit)
  const findCoupon = read(coupons.find)
  return {
    coupons: {
      list: read(coupons.list),
      find: findCoupon,
      create: write(coupons.create),
      edit: async (name, changes) => {
        if (changes.audience === undefined) return edit(name, changes)
        await findCoupon(name, { onlyUser: '' })
        return coupons.edit(name, changes)
      },
      remove: write(coupons.remove),
    },
    users: { ...users, register: write(users.register), find: read(users.find) },
    sessions: {
      ...sessions,
      login: write(sessions.login),
      refresh: write(sessions.refresh),
      logout: write(sessions.logout),
    },
    claimRecords: {
      find: read(claimRecords.find),
      events: read(claimRecords.events),
      page: read(claimRecords.page),
      pages: (query) => eachInTime(claimRecords.pages(query), read),
      csv: (query) => eachInTime(claimRecords.csv(query), read),
    },
    askEligibility: read(askEligibility),
    live: { ...live, watch: watchInTime(live, read) },
    readCurve: read(readCurve),
    registerDemoUsers: registerDemoUsers && write(registerDemoUsers),
  }
}

type Work<Args extends readonly unknown[], T> = (...args: Args) => Promise<T>
type Bound = <Args extends readonly unknown[], T>(work: Work<Args, T>) => Work<Args, T>

const late = Symbol('late')

function bounded(timeoutMs: number, faultOf: () => AppError): Bound {
  return <Args extends readonly unknown[], T>(work: Work<Args, T>) =>
    async (...args: Args): Promise<T> => {
      const done = within<T | typeof late>(work(...args), { waitMs: timeoutMs, late, clock: systemClock })
      const answer = await done
      if (answer === late) throw faultOf()
      return answer
    }
}

/** An export takes as long as it takes; each part of it is waited for so long. */
async function* eachInTime<T>(parts: AsyncIterable<T>, read: Bound): AsyncGenerator<T> {
  const iterator = parts[Symbol.asyncIterator]()
  const next = read(() => iterator.next())
  try {
    for (let part = await next(); part.done !== true; part = await next()) yield part.value
  } finally {
    // Not waited for: it ends after the statement that is under way.
    iterator.return?.().catch(() => {})
  }
}

/** Who was told that it cannot watch has no stream opened afterwards. */
function watchInTime(live: Live, read: Bound): Live['watch'] {
  const watch = read(live.watch)
  return async (viewer, open) => {
    let isTold = false
    const openUnlessTold = () => {
      if (isTold) throw new AppError('unreachable', 'The stream was not opened in time.')
      return open()
    }
    try {
      return await watch(viewer, openUnlessTold)
    } catch (error) {
      isTold = true
      throw error
    }
  }
}
