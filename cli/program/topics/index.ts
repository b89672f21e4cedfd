/** A page of `coupon help TOPIC`. */
export interface Topic {
  readonly name: string
  /** For the list of topics. */
  readonly summary: string
  /** Loads the page: lines of at most 80 columns. Its figures and names are read where they stand, not repeated. */
  readonly load: () => Promise<() => string>
}

export const topics: readonly Topic[] = [
  {
    name: 'configuration',
    summary: 'every setting, its default, and what it takes',
    load: async () => (await import('./configuration.ts')).configuration,
  },
  {
    name: 'environment',
    summary: 'the variables that are read',
    load: async () => (await import('./environment.ts')).environment,
  },
  {
    name: 'exit-codes',
    summary: 'what a command ends with, and where its words go',
    load: async () => (await import('./exit-codes.ts')).exitCodesPage,
  },
  {
    name: 'strategies',
    summary: 'how claims are decided: batch, atomic, lock',
    load: async () => (await import('./strategies.ts')).strategies,
  },
  {
    name: 'idempotency',
    summary: 'how a lost answer is found again',
    load: async () => (await import('./idempotency.ts')).idempotency,
  },
  {
    name: 'holds',
    summary: 'a unit that is kept for a while: hold, confirm, give back',
    load: async () => (await import('./holds.ts')).holds,
  },
  {
    name: 'proof',
    summary: 'what verify and stress prove, and how',
    load: async () => (await import('./proof.ts')).proof,
  },
  {
    name: 'security',
    summary: 'tokens, roles, the secret, limits, open mode',
    load: async () => (await import('./security.ts')).security,
  },
]
