import { request } from 'undici'
import { AppError, messageOf } from '../../../server/public/basics.ts'
import { field, readJson } from '../../json.ts'
import type { Ledger } from '../../stress/proof/ledger.ts'
import { oneLine } from '../../words.ts'

/** The coupon API as its clients see it: what a storm needs before and after its load. */
export interface CouponApi {
  /** Throws `AppError` 'unreachable' when nothing answers, 'invalid' when it is not this API. */
  recognise(): Promise<void>
  /** Whether the list of coupons is shown to who asks like this; throws `AppError('invalid')` for another fault. */
  isAccepted(): Promise<boolean>
  /** An access token. Throws `AppError`: 'invalid' for a wrong password, 'unreachable' when it is not let in now. */
  login(username: string, password: string): Promise<string>
  /** The role of who asks, or null when there is no such user. */
  readRole(): Promise<string | null>
  /** The strategy the server runs, or null when it does not say. */
  readStrategy(): Promise<string | null>
  findCoupon(name: string): Promise<Ledger | null>
  createCoupon(name: string, amount: number): Promise<void>
  deleteCoupon(name: string): Promise<void>
  /** Whether claims can be given back and "may I claim it?" be asked: the original has no routes for it. */
  hasRoute(route: 'release' | 'eligibility'): Promise<boolean>
  /** Of a coupon that exists; null when the server does not say. */
  isUserKnown(username: string, couponName: string): Promise<boolean | null>
  /** Makes `user_0` to `user_100`; what exists stays. */
  registerUsers(): Promise<void>
}

export interface ApiOptions {
  readonly url: string
  readonly apiPrefix: string
  /** The header `Authorization` of each call, or null for none. */
  readonly authorization: string | null
  readonly signal: AbortSignal
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

interface Answer {
  readonly status: number
  readonly body: unknown
}

const timeoutMs = 10_000
/** At claims that change meanwhile; then the last look has to do. */
const looksMax = 5

export function createCouponApi({ url, apiPrefix, authorization, signal }: ApiOptions): CouponApi {
  async function call(method: Method, path: string, content?: object): Promise<Answer> {
    const headers = {
      ...(authorization !== null && { authorization }),
      ...(content !== undefined && { 'content-type': 'application/json' }),
    }
    // Calls are few and far apart: a connection kept for the next one would keep a server that stops waiting for it.
    const options = {
      method,
      headers,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      reset: true,
    }
    try {
      const body = content === undefined ? null : JSON.stringify(content)
      const response = await request(url + path, { ...options, body })
      return { status: response.statusCode, body: readJson(await response.body.text()) }
    } catch (error) {
      throw new AppError('unreachable', `${url} does not answer (${messageOf(error)}).`, { cause: error })
    }
  }

  /** Of all live claims, page by page. */
  async function readClaimants(name: string): Promise<string[]> {
    const claimants: string[] = []
    const path = `${apiPrefix}/coupons/${encodeURIComponent(name)}/claims`
    for (let cursor: unknown = ''; typeof cursor === 'string'; ) {
      const answer = await call('GET', `${path}?limit=1000&cursor=${encodeURIComponent(cursor)}`)
      const page = field(answer.body, 'data')
      const claims = field(page, 'data')
      if (answer.status !== 200 || !Array.isArray(claims)) throw unexpected(answer, `GET ${url}${path}`)
      const live = claims.filter((claim) => ['held', 'confirmed'].includes(String(field(claim, 'state'))))
      claimants.push(...live.map((claim) => String(field(claim, 'user_id'))))
      cursor = field(field(page, 'meta'), 'next_cursor')
    }
    return claimants
  }

  async function readCoupon(name: string): Promise<CouponDetail | null> {
    const answer = await call('GET', `${apiPrefix}/coupons/${encodeURIComponent(name)}`)
    if (field(answer.body, 'kind') === 'data_not_found_error') return null
    const detail = answer.status === 200 ? readDetail(field(answer.body, 'data')) : null
    if (detail === null) throw unexpected(answer, `GET ${url}${apiPrefix}/coupons/${name}`)
    return detail
  }

  return {
    recognise: async () => {
      const { status, body } = await call('GET', '/healthcheck')
      if (status === 200 && field(body, 'data') === 'Service is Running.') return
      throw new AppError('invalid', `${url} is not a coupon API: GET /healthcheck was answered ${status}.`)
    },

    isAccepted: async () => {
      const answer = await call('GET', `${apiPrefix}/coupons?per_page=1`)
      if (answer.status !== 200 && answer.status !== 401)
        throw unexpected(answer, `GET ${url}${apiPrefix}/coupons`)
      return answer.status === 200
    },

    login: async (username, password) => {
      const answer = await call('POST', `${apiPrefix}/auth/login`, { username, password })
      const token = field(field(answer.body, 'data'), 'access_token')
      if (answer.status === 200 && typeof token === 'string') return token
      if (answer.status === 401)
        throw new AppError('invalid', `--login: ${url} refuses ${username} with that password.`)
      const { code, message } = unexpected(answer, `POST ${url}${apiPrefix}/auth/login`)
      throw new AppError(answer.status === 429 || answer.status >= 500 ? 'unreachable' : code, message)
    },

    readRole: async () => {
      const answer = await call('GET', `${apiPrefix}/users/me`)
      if (answer.status === 404) return null
      const role = field(field(answer.body, 'data'), 'role')
      if (answer.status !== 200 || typeof role !== 'string')
        throw unexpected(answer, `GET ${url}${apiPrefix}/users/me`)
      return role
    },

    readStrategy: async () => {
      const { body } = await call('GET', '/readyz')
      const strategy = field(field(body, 'data'), 'strategy')
      // It ends up in a CSV as well, where a spreadsheet would run some texts.
      return typeof strategy === 'string' && isWord(strategy) ? strategy : null
    },

    findCoupon: async (name) => {
      let detail = await readCoupon(name)
      // Pages are of different moments: what a client left behind may still be carried out between them.
      for (let look = 1; detail !== null && !detail.isWhole; look++) {
        const claimants = await readClaimants(name)
        const { ledger } = detail
        const again = await readCoupon(name)
        const isSettled = again !== null && again.claimedCount === claimants.length
        if (isSettled || look === looksMax) return { ...(again?.ledger ?? ledger), claimants }
        detail = again
      }
      return detail?.ledger ?? null
    },

    createCoupon: async (name, amount) => {
      const answer = await call('POST', `${apiPrefix}/coupons`, { name, amount })
      if (answer.status !== 201) throw unexpected(answer, `POST ${url}${apiPrefix}/coupons`)
    },

    deleteCoupon: async (name) => {
      const answer = await call('DELETE', `${apiPrefix}/coupons/${encodeURIComponent(name)}`)
      if (answer.status !== 200) throw unexpected(answer, `DELETE ${url}${apiPrefix}/coupons/${name}`)
    },

    hasRoute: async (route) => {
      // A method that the route does not have changes nothing, and tells it from a path that is no route.
      const path = route === 'release' ? '/claims/1' : '/coupons/NONE/eligibility'
      return (await call('PUT', apiPrefix + path)).status === 405
    },

    isUserKnown: async (username, couponName) => {
      const path = `${apiPrefix}/coupons/${encodeURIComponent(couponName)}/eligibility`
      const answer = await call('GET', `${path}?user_id=${encodeURIComponent(username)}`)
      if (answer.status === 200) return true
      return answer.status === 404 && field(answer.body, 'kind') === 'data_not_found_error' ? false : null
    },

    registerUsers: async () => {
      const answer = await call('POST', `${apiPrefix}/users/register`)
      if (answer.status !== 200) throw unexpected(answer, `POST ${url}${apiPrefix}/users/register`)
    },
  }
}

function isWord(text: string): boolean {
  return /^[a-z][a-z_-]{0,50}$/.test(text)
}

function unexpected({ status, body }: Answer, call: string): AppError {
  const message = field(body, 'message')
  const why = typeof message === 'string' ? `: ${oneLine(message)}` : '.'
  return new AppError('invalid', `${call} was answered ${status}${why}`)
}

interface CouponDetail {
  readonly ledger: Ledger
  readonly claimedCount: number
  /** False when the coupon itself names only some of its claimants. */
  readonly isWhole: boolean
}

function readDetail(data: unknown): CouponDetail | null {
  const name = field(data, 'name')
  const amount = field(data, 'amount')
  const remaining = field(data, 'remaining_amount')
  // An empty list may be null: the original is written in Go.
  const claimants = field(data, 'claimed_by') ?? []
  if (typeof name !== 'string' || typeof amount !== 'number' || typeof remaining !== 'number') return null
  if (!Array.isArray(claimants) || !claimants.every((one) => typeof one === 'string')) return null
  // The original names all, and counts nothing.
  const count = field(data, 'claimed_count')
  const claimedCount = typeof count === 'number' ? count : claimants.length
  const ledger = { name, amount, remaining_amount: remaining, claimants }
  return { ledger, claimedCount, isWhole: claimedCount <= claimants.length }
}
