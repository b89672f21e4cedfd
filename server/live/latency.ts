/**
 * Latencies as counts in buckets that grow with the value: 16 to a doubling, so that a bucket's middle is within 3 % of
 * what is in it, and the counts of several processes can be added up.
 */
const bucketsADoubling = 16
const doublingsFirst = Math.log2(bucketsADoubling)
/** 2^27 microseconds are 134 s; whatever takes longer is counted as that. */
const microsecondsMax = 2 ** 27 - 1

export const latencyBuckets = bucketOf(microsecondsMax / 1000) + 1

export function bucketOf(tookMs: number): number {
  const us = Math.max(0, Math.min(microsecondsMax, Math.round(tookMs * 1000)))
  if (us < bucketsADoubling) return us
  const doublings = 31 - Math.clz32(us) - doublingsFirst
  return doublings * bucketsADoubling + (us >> doublings)
}

/** The middle of a bucket, in milliseconds. */
function middleMs(bucket: number): number {
  if (bucket < bucketsADoubling) return bucket / 1000
  const doublings = Math.floor(bucket / bucketsADoubling) - 1
  const lowest = (bucket - doublings * bucketsADoubling) * 2 ** doublings
  return (lowest + (2 ** doublings - 1) / 2) / 1000
}

/** Of counts as `[bucket, count, bucket, count, …]`, in the order of the buckets; null when nothing was counted. */
export function percentileMs(latencies: readonly number[], share: number): number | null {
  let total = 0
  for (let at = 1; at < latencies.length; at += 2) total += latencies[at] ?? 0
  let left = Math.max(1, Math.ceil(total * share))
  for (let at = 0; at < latencies.length; at += 2) {
    left -= latencies[at + 1] ?? 0
    if (left <= 0) return Math.round(middleMs(latencies[at] ?? 0) * 1000) / 1000
  }
  return null
}
