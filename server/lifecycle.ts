/**
 * Everything that is opened is released, last in first out, once.
 *
 * States: open (releases may be pushed) -> closing -> closed. Closing again returns the same promise.
 */
export interface Lifecycle {
  /** Registers a release; `name` is for the error when it fails. */
  push(name: string, release: () => unknown): void
  /** Runs every release in reverse order, even when one fails, then throws the first failure. */
  close(): Promise<void>
}

export function createLifecycle(): Lifecycle {
  const releases: { name: string; release: () => unknown }[] = []
  let closing: Promise<void> | undefined

  async function releaseAll(): Promise<void> {
    let failure: Error | undefined
    for (let next = releases.pop(); next !== undefined; next = releases.pop()) {
      try {
        await next.release()
      } catch (error) {
        failure ??= new Error(`Closing ${next.name} failed.`, { cause: error })
      }
    }
    if (failure !== undefined) throw failure
  }

  return {
    push: (name, release) => {
      releases.push({ name, release })
    },
    close: () => {
      closing ??= releaseAll()
      return closing
    },
  }
}
