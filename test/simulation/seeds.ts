/** Seeds that have broken the product, and what was wrong. They hold as long as a run draws what it drew then. */
export const brokenBefore: readonly (readonly [seed: number, what: string])[] = []
