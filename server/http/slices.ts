/**
 * Lets at most `max` answers out in a turn of the event loop, and the others in the turns after it, in their order. Were a batch of a
 * thousand claims answered in one turn, a thousand would ask again in the next, which would be as long; and Node's libuv accepts
 * one new connection a turn. So a server whose clients ask again and again would hear no others.
 */
export interface Slices {
  /** Null for an answer that may go out at once; else it resolves when its turn has come. */
  turn(): Promise<void> | null
  /** Answers that wait for theirs. */
  waiting(): number
}

/** `later` is for tests: `setImmediate`. */
export function createSlices(max: number, later: (work: () => void) => void = setImmediate): Slices {
  const waiting: (() => void)[] = []
  let sent = 0
  let isTurning = false

  function turnLater(): void {
    if (isTurning) return
    isTurning = true
    later(nextTurn)
  }

  function nextTurn(): void {
    isTurning = false
    const slice = waiting.splice(0, max)
    sent = slice.length
    if (sent > 0) turnLater()
    for (const goOn of slice) goOn()
  }

  return {
    turn: () => {
      turnLater()
      if (sent === max || waiting.length > 0) return new Promise((resolve) => waiting.push(resolve))
      sent += 1
      return null
    },
    waiting: () => waiting.length,
  }
}
