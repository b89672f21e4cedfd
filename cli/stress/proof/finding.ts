/** What a check came to, in a sentence with its numbers. */
export interface Finding {
  readonly passed: boolean
  readonly detail: string
}

export function pass(detail: string): Finding {
  return { passed: true, detail }
}

export function fail(detail: string): Finding {
  return { passed: false, detail }
}
