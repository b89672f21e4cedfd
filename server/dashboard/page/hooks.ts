import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { Answer, Problem } from './api/problem.ts'
import type { App } from './app.ts'
import type { Store } from './store.ts'

const AppContext = createContext<App | null>(null)

export const AppProvider = AppContext.Provider

export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('There is no AppProvider around this view.')
  return app
}

/** The value of a store, painted again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(() => store.get())
  useEffect(() => {
    // It may have changed between the painting and this effect.
    setValue(() => store.get())
    return store.watch(() => setValue(() => store.get()))
  }, [store])
  return value
}

/** Who looks at the page. In open mode everybody may do everything, with or without a name. */
export function useCaller(): { readonly username: string | null; readonly isAdmin: boolean } {
  const { session, settings } = useApp()
  const state = useStore(session.state)
  const me = state.kind === 'in' ? state.me : null
  return { username: me?.username ?? null, isAdmin: settings.auth === 'open' || me?.role === 'admin' }
}

export interface Asked<T> {
  /** The last good answer for this path, kept while it is asked again. */
  readonly data: T | null
  readonly problem: Problem | null
  readonly isBusy: boolean
  reload(): void
}

/** What the API answers to GET `path`; null asks nothing. An answer that comes after the path has changed is dropped. */
export function useAsked<T>(path: string | null): Asked<T> {
  const { api } = useApp()
  const [turn, setTurn] = useState(0)
  const [told, setTold] = useState<{
    path: string | null
    turn: number
    data: T | null
    problem: Problem | null
  }>({
    path: null,
    turn: -1,
    data: null,
    problem: null,
  })
  // A new turn asks again.
  useEffect(() => {
    if (path === null) return
    let isWanted = true
    void api.call<T>('GET', path).then((answer) => {
      if (!isWanted) return
      setTold((last) => ({
        path,
        turn,
        data: answer.isOk
          ? answer.data
          : last.path === path && answer.problem.status !== 404
            ? last.data
            : null,
        problem: answer.isOk ? null : answer.problem,
      }))
    })
    return () => {
      isWanted = false
    }
  }, [api, path, turn])
  const reload = useCallback(() => setTurn((last) => last + 1), [])
  const isHere = told.path === path
  return {
    data: isHere ? told.data : null,
    problem: isHere ? told.problem : null,
    isBusy: path !== null && !(isHere && told.turn === turn),
    reload,
  }
}

export interface Action {
  readonly isBusy: boolean
  readonly problem: Problem | null
  /** What the last one came to, in the words of the API. */
  readonly message: string | null
  /** Runs one at a time; true when it succeeded. */
  run<T>(act: () => Promise<Answer<T>>): Promise<boolean>
  clear(): void
}

export function useAction(): Action {
  const [state, setState] = useState<Pick<Action, 'isBusy' | 'problem' | 'message'>>(idle)
  const isRunning = useRef(false)
  const isThere = useRef(true)
  useEffect(() => {
    isThere.current = true
    return () => {
      isThere.current = false
    }
  }, [])
  return {
    ...state,
    async run(act) {
      if (isRunning.current) return false
      isRunning.current = true
      setState({ isBusy: true, problem: null, message: null })
      const answer = await act()
      isRunning.current = false
      const problem = answer.isOk ? null : answer.problem
      if (isThere.current) setState({ isBusy: false, problem, message: answer.isOk ? answer.message : null })
      return answer.isOk
    },
    clear: () => setState(idle),
  }
}

const idle = { isBusy: false, problem: null, message: null }

/** The value, changed once in `everyMs` at most: for what is asked of the server when the stream tells of a change. */
export function useCalm<T>(value: T, everyMs: number): T {
  const [calm, setCalm] = useState(value)
  const changedMs = useRef(0)
  useEffect(() => {
    const change = () => {
      changedMs.current = Date.now()
      setCalm(() => value)
    }
    const timer = setTimeout(change, Math.max(0, changedMs.current + everyMs - Date.now()))
    return () => clearTimeout(timer)
  }, [value, everyMs])
  return calm
}

/** The time, painted again every second while `isOn`: for countdowns. */
export function useSeconds(isOn: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    if (!isOn) return
    setNowMs(Date.now())
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isOn])
  return nowMs
}
