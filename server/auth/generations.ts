export interface Generations<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  size(): number
}

/**
 * A Map of at most `sizeMax` entries (an even number), in two generations: when the recent one is full, the older one is forgotten whole. So an
 * entry is kept until half as many others were set or asked for since. A single Map that is emptied from its front, one by
 * one, steps over all that it has lost.
 */
export function createGenerations<Value extends object>(sizeMax: number): Generations<Value> {
  const generationMax = Math.ceil(sizeMax / 2)
  let recent = new Map<string, Value>()
  let older = new Map<string, Value>()

  function set(key: string, value: Value): void {
    older.delete(key)
    if (!recent.has(key) && recent.size >= generationMax) {
      older = recent
      recent = new Map()
    }
    recent.set(key, value)
  }

  return {
    get: (key) => {
      const known = recent.get(key)
      if (known !== undefined) return known
      const last = older.get(key)
      if (last !== undefined) set(key, last)
      return last
    },
    set,
    delete: (key) => {
      recent.delete(key)
      older.delete(key)
    },
    size: () => recent.size + older.size,
  }
}
