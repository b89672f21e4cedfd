import type { Aim } from './statistics.ts'

/** One thing measured, once a repeat. */
export interface Figure {
  readonly label: string
  readonly unit: 'claims/s' | 'answers/s' | 'rows/s' | 'ms' | 'MB'
  readonly values: readonly number[]
  /** Processor time of the server for each request, in microseconds, where it is known. */
  readonly costUs?: number | null
}

/** One line of the table: a figure, and what it is divided by. */
export interface Finding {
  readonly what: string
  readonly figure: Figure
  readonly base: Figure
  /** Null for what is told for information. */
  readonly aim: Aim | null
  /** What a reader must know to read it right. */
  readonly notes: readonly string[]
}
