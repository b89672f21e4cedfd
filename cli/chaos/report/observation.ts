import type { ChaosCheck } from './document.ts'

/** What is seen of the servers past their clients. */
const promises = {
  readiness_true: 'Readiness says within 1 s what is true.',
  queues_bounded: 'Nothing that has a limit exceeds it: queues, memories, connections.',
  servers_sound: 'No server ends by itself, or writes what none should ever write.',
} as const

/** Of what was seen, the first. */
const examplesMax = 10

/** A check out of sentences, each of which tells a violation. */
export function observation(name: keyof typeof promises, violations: readonly string[]): ChaosCheck {
  return {
    name,
    promise: promises[name],
    violations: violations.length,
    examples: violations.slice(0, examplesMax),
  }
}
