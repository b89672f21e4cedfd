/**
 * What Ctrl-C ends. While something is prepared, that; while load is sent, the sending alone, for what was sent is
 * still to be measured and proved.
 */
export interface Interruption {
  /** Of the first Ctrl-C, whatever goes on. */
  readonly asked: AbortSignal
  /** For whatever is prepared, and for the reading of what is stored. */
  readonly preparing: AbortSignal
  /** Does the work, during which Ctrl-C does not reach `preparing`. Throws the signal's reason when it came before. */
  shelter<T>(work: () => Promise<T>): Promise<T>
  release(): void
}

export function createInterruption(asked: AbortSignal): Interruption {
  const controller = new AbortController()
  let isSheltered = false
  const pass = () => {
    if (!isSheltered) controller.abort(asked.reason)
  }
  if (asked.aborted) pass()
  asked.addEventListener('abort', pass)
  return {
    asked,
    preparing: controller.signal,
    shelter: async (work) => {
      asked.throwIfAborted()
      isSheltered = true
      try {
        return await work()
      } finally {
        isSheltered = false
      }
    },
    release: () => asked.removeEventListener('abort', pass),
  }
}
