/**
 * Who is signed in. The access token, good for minutes, lives in memory alone; the refresh token in `sessionStorage`, so that
 * a reload keeps the session and closing the tab ends it.
 *
 * States: restoring -> signed out | signed in; signed in -> signed out, by the user or by a refresh token that is not taken.
 */
import { createStore, type Store } from '../store.ts'
import type { Answer, Problem } from './problem.ts'
import type { Me, Tokens } from './types.ts'

export type SessionState =
  | { readonly kind: 'restoring' }
  | { readonly kind: 'out'; readonly why: string | null }
  | { readonly kind: 'in'; readonly me: Me }

/** Sends one request without retry. */
export type Send = <T>(
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly token?: string | null },
) => Promise<Answer<T>>

export interface Session {
  readonly state: Store<SessionState>
  /** Signs in again with the token that the tab has kept. */
  restore(): Promise<void>
  login(username: string, password: string): Promise<Problem | null>
  logout(): Promise<void>
  /** An access token that is good for some time yet; null for nobody. */
  token(): Promise<string | null>
  /** For a token that was refused: another one, or null when the session is over. */
  renew(refused: string): Promise<string | null>
}

const storageKey = 'coupon.refresh_token'
/** A token this close to its end is renewed before it is sent. */
const marginMs = 20_000

export function createSession(send: Send, storage: Storage): Session {
  const state = createStore<SessionState>({ kind: 'restoring' })
  let access: { readonly token: string; readonly endsMs: number } | null = null
  let renewing: Promise<string | null> | null = null

  function keep(tokens: Tokens): string {
    access = { token: tokens.access_token, endsMs: Date.now() + tokens.expires_in * 1000 }
    storage.setItem(storageKey, tokens.refresh_token)
    return tokens.access_token
  }

  function end(why: string | null): void {
    access = null
    storage.removeItem(storageKey)
    state.set({ kind: 'out', why })
  }

  /** A refresh token is good for one use, so all who wait share one renewal. */
  function renewOnce(): Promise<string | null> {
    renewing ??= refresh().finally(() => {
      renewing = null
    })
    return renewing
  }

  async function refresh(): Promise<string | null> {
    const refreshToken = storage.getItem(storageKey)
    if (refreshToken === null) return null
    const answer = await send<Tokens>('POST', '/auth/refresh', { body: { refresh_token: refreshToken } })
    if (answer.isOk) return keep(answer.data)
    // Out of reach is no reason to forget who is signed in.
    if (answer.problem.status === 401) end('Your session has ended. Sign in again.')
    return null
  }

  async function enter(token: string): Promise<Problem | null> {
    const answer = await send<Me>('GET', '/users/me', { token })
    if (answer.isOk) state.set({ kind: 'in', me: answer.data })
    else if (answer.problem.status === 401 || answer.problem.status === 404) end(null)
    return answer.isOk ? null : answer.problem
  }

  return {
    state,
    async restore() {
      const token = await renewOnce()
      if (token !== null) await enter(token)
      if (state.get().kind === 'restoring') state.set({ kind: 'out', why: null })
    },
    async login(username, password) {
      const answer = await send<Tokens>('POST', '/auth/login', { body: { username, password } })
      return answer.isOk ? enter(keep(answer.data)) : answer.problem
    },
    async logout() {
      const refreshToken = storage.getItem(storageKey)
      end(null)
      if (refreshToken !== null) await send('POST', '/auth/logout', { body: { refresh_token: refreshToken } })
    },
    async token() {
      if (access !== null && access.endsMs - Date.now() > marginMs) return access.token
      return (await renewOnce()) ?? access?.token ?? null
    },
    async renew(refused) {
      return access !== null && access.token !== refused ? access.token : renewOnce()
    },
  }
}
