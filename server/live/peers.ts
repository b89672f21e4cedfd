import type { ProcessState, Summary } from './summary.ts'

/** A process as an admin sees it. */
export interface SeenProcess extends ProcessState {
  readonly seen_ms_ago: number
}

/** The processes that were heard of late, this one among them. */
export interface Peers {
  hear(summary: Summary): void
  /** Drops who has not been heard for `silentMsMax`. */
  dropSilent(): void
  /** True while any of them has a watcher. */
  areWatched(): boolean
  /** In the order of their ids. */
  list(): SeenProcess[]
  clear(): void
  size(): number
}

/** While somebody watches, each process is heard once a second at least: one that is silent for three is gone. */
export const silentMsMax = 3500
/** More processes than this are not shown. */
export const peersMax = 1000

export function createPeers(now: () => number = () => performance.now()): Peers {
  const peers = new Map<string, { readonly summary: Summary; readonly heardMs: number }>()
  return {
    hear: (summary) => {
      const { key, isLeaving } = summary
      if (isLeaving) peers.delete(key)
      else if (peers.has(key) || peers.size < peersMax) peers.set(key, { summary, heardMs: now() })
    },
    dropSilent: () => {
      for (const [key, { heardMs }] of peers) if (now() - heardMs > silentMsMax) peers.delete(key)
    },
    areWatched: () => [...peers.values()].some(({ summary }) => summary.watchers > 0),
    list: () =>
      [...peers.values()]
        .map(({ summary, heardMs }) => ({
          ...summary.process,
          seen_ms_ago: Math.max(0, Math.round(now() - heardMs)),
        }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    clear: () => peers.clear(),
    size: () => peers.size,
  }
}
