import { request } from 'undici'
import { AppError, messageOf } from '../../../server/index.ts'
import type { Ledger } from '../../stress/ledger.ts'

/** The coupon API as its clients see it: what a storm needs before and after its load. */
export interface CouponApi {
  /** Throws `AppError` 'unreachable' when nothing answers, 'invalid' when it is not this API. */
  recognise(): Promise<void>
  /** The strategy the server runs, or null when it does not say. */
  readStrategy(): Promise<string | null>
  findCoupon(name: string): Promise<Ledger | null>
  createCoupon(name: string, amount: number): Promise<void>
  /** Makes `user_0` to `user_100`; what exists stays. */
  registerUsers(): Promise<void>
}

export interface ApiOptions {
  readonly url: string
  readonly apiPrefix: string
  readonly signal: AbortSignal
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

const timeoutMs = 10_000

export function createCouponApi({ url, apiPrefix, signal }: ApiOptions): CouponApi {
  async function call(method: 'GET' | 'POST', path: string, content?: object): Promise<Answer> {
    const options = { method, signal, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }
    const payload = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) }
    try {
      const response = await request(url + path, content === undefined ? options : { ...options, ...payload })
      return { status: response.statusCode, body: readJson(await response.body.text()) }
    } catch (error) {
      throw new AppError('unreachable', `${url} does not answer (${messageOf(error)}).`, { cause: error })
    }
  }

  return {
    recognise: async () => {
      const { status, body } = await call('GET', '/healthcheck')
      if (status === 200 && field(body, 'data') === 'Service is Running.') return
      throw new AppError('invalid', `${url} is not a coupon API: GET /healthcheck was answered ${status}.`)
    },

    readStrategy: async () => {
      const { body } = await call('GET', '/readyz')
      const strategy = field(field(body, 'data'), 'strategy')
      return typeof strategy === 'string' ? strategy : null
    },

    findCoupon: async (name) => {
      const answer = await call('GET', `${apiPrefix}/coupons/${encodeURIComponent(name)}`)
      if (field(answer.body, 'kind') === 'data_not_found_error') return null
      const ledger = answer.status === 200 ? readLedger(field(answer.body, 'data')) : null
      if (ledger === null) throw unexpected(answer, `GET ${url}${apiPrefix}/coupons/${name}`)
      return ledger
    },

    createCoupon: async (name, amount) => {
      const answer = await call('POST', `${apiPrefix}/coupons`, { name, amount })
      if (answer.status !== 201) throw unexpected(answer, `POST ${url}${apiPrefix}/coupons`)
    },

    registerUsers: async () => {
      const answer = await call('POST', `${apiPrefix}/users/register`)
      if (answer.status !== 200) throw unexpected(answer, `POST ${url}${apiPrefix}/users/register`)
    },
  }
}

function unexpected({ status, body }: Answer, call: string): AppError {
  const message = field(body, 'message')
  const why = typeof message === 'string' ? `: ${message}` : '.'
  return new AppError('invalid', `${call} was answered ${status}${why}`)
}

function readLedger(data: unknown): Ledger | null {
  const name = field(data, 'name')
  const amount = field(data, 'amount')
  const remaining = field(data, 'remaining_amount')
  // An empty list may be null: the original is written in Go.
  const claimants = field(data, 'claimed_by') ?? []
  if (typeof name !== 'string' || typeof amount !== 'number' || typeof remaining !== 'number') return null
  if (!Array.isArray(claimants) || !claimants.every((one) => typeof one === 'string')) return null
  return { name, amount, remaining_amount: remaining, claimants }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}
