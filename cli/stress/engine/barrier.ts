/** A counter of who has come, a gate, and after them the moment at which the last one came. */
export const barrierBytes = 16

const arrived = 0
const gate = 1

/**
 * Waits, and the whole thread with it, until so many threads wait, so that all go on at the same moment: the run's
 * beginning, which is returned by this thread's own `performance.now()`.
 */
export function passBarrier(barrier: SharedArrayBuffer, threads: number): number {
  const counters = new Int32Array(barrier, 0, 2)
  const begun = new BigInt64Array(barrier, 8, 1)
  if (Atomics.add(counters, arrived, 1) + 1 === threads) {
    // The one clock that all threads share.
    Atomics.store(begun, 0, process.hrtime.bigint())
    Atomics.store(counters, gate, 1)
    Atomics.notify(counters, gate)
  } else Atomics.wait(counters, gate, 0)
  return performance.now() - Number(process.hrtime.bigint() - Atomics.load(begun, 0)) / 1_000_000
}
