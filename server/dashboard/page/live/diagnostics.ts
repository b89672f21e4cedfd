import { createStore, type Store } from '../store.ts'

/** What the page measures of itself; the arrays hang on `window` for whoever wants to look, tests among them. */
export interface Diagnostics {
  /** How many tasks of more than 100 ms there were. */
  readonly longTasks: Store<number>
  /** Tells how old the newest claim was when it was painted. */
  painted(claimedAtMs: number): void
}

declare global {
  interface Window {
    /** Durations in ms of the last tasks that took 50 ms or more, the oldest first. */
    __longTasks: number[]
    /** Ages in ms of claims when they were painted, by the clocks of server and page; the oldest first. */
    __paintDelays: number[]
  }
}

const kept = 500
/** From here on a person feels that the page hangs. */
const longMs = 100

export function startDiagnostics(): Diagnostics {
  const longTasks = createStore(0)
  window.__longTasks = []
  window.__paintDelays = []
  // Not every browser can tell.
  if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        pushBounded(window.__longTasks, duration)
        if (duration > longMs) longTasks.set(longTasks.get() + 1)
      }
    })
    observer.observe({ type: 'longtask', buffered: true })
  }
  return {
    longTasks,
    painted: (claimedAtMs) => pushBounded(window.__paintDelays, Date.now() - claimedAtMs),
  }
}

function pushBounded(values: number[], value: number): void {
  values.push(value)
  if (values.length > kept) values.shift()
}
