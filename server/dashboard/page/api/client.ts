import { type Answer, problemOf, unreachable } from './problem.ts'
import type { Send, Session } from './session.ts'

/** Longer than the server takes to give up by itself. */
const timeoutMs = 20_000

export interface RequestOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The API as the page calls it: with who is signed in, and with problems as values. */
export interface Api {
  call<T>(method: string, path: string, options?: RequestOptions): Promise<Answer<T>>
}

/** One request. Nothing is thrown: whatever goes wrong is a problem. */
export async function send<T>(
  url: string,
  method: string,
  { body, headers, token }: RequestOptions & { readonly token?: string | null },
): Promise<Answer<T>> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        Accept: 'application/problem+json, application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token != null && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (!response.ok) return { isOk: false, problem: await problemOf(response) }
    const { data, message } = (await response.json()) as { data: T; message?: string }
    return { isOk: true, data, message: message ?? '' }
  } catch {
    return { isOk: false, problem: unreachable }
  }
}

export function createApi(sendTo: Send, session: Session): Api {
  return {
    async call<T>(method: string, path: string, options: RequestOptions = {}) {
      const token = await session.token()
      const answer = await sendTo<T>(method, path, { ...options, token })
      if (answer.isOk || answer.problem.status !== 401 || token === null) return answer
      // Its time ran out on the way, or an admin has ended it.
      const renewed = await session.renew(token)
      return renewed === null ? answer : sendTo<T>(method, path, { ...options, token: renewed })
    },
  }
}
