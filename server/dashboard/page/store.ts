/** A value that is watched. */
export interface Store<T> {
  get(): T
  set(value: T): void
  /** Returns what ends the watch. */
  watch(listener: () => void): () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners: (() => void)[] = []
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    watch(listener) {
      listeners.push(listener)
      return () => {
        const at = listeners.indexOf(listener)
        if (at >= 0) listeners.splice(at, 1)
      }
    },
  }
}

/**
 * Calls `paint` before the next frame, once for however many calls came until then. A page that nobody looks at gets no frames,
 * and paints when it is looked at again.
 */
export function oncePerFrame(paint: () => void, request: (callback: () => void) => void): () => void {
  let isAsked = false
  return () => {
    if (isAsked) return
    isAsked = true
    request(() => {
      isAsked = false
      paint()
    })
  }
}
