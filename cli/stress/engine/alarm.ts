/** One timer, for the earliest of the moments it is set for. */
export interface Alarm {
  /** Rings at that moment, both in microseconds, or up to two milliseconds later, for a timer knows no finer step. */
  set(momentUs: number, nowUs: number): void
  clear(): void
}

export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | null = null
  let setForUs = 0

  function clear(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  return {
    set: (momentUs, nowUs) => {
      if (timer !== null && setForUs <= momentUs) return
      clear()
      setForUs = momentUs
      timer = setTimeout(
        () => {
          timer = null
          ring()
        },
        (momentUs - nowUs) / 1000,
      )
    },
    clear,
  }
}
