/** Some users or answers, counted, with the first of them as an example. */
export interface Group {
  readonly count: number
  readonly example: string
  /** Of an answer: how many units can have been held, and when it came. */
  readonly circumstances: Circumstances | null
}

export interface Circumstances {
  readonly heldAtMost: number
  readonly atUs: number
}

export interface GrowingGroup extends Group {
  add(example: string, circumstances?: Circumstances): void
}

export function createGroup(): GrowingGroup {
  let size = 0
  let first = ''
  let circumstances: Circumstances | null = null
  return {
    get count() {
      return size
    },
    get example() {
      return first
    },
    get circumstances() {
      return circumstances
    },
    add: (example, when) => {
      if (size === 0) [first, circumstances] = [example, when ?? null]
      size++
    },
  }
}
