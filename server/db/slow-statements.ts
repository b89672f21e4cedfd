import type { ClientBase } from 'pg'
import { comment, nameOfStatement } from './statement.ts'

/** A statement that took longer than it should. Its text and its values are not told: they may be secrets. */
export interface SlowStatement {
  /** Of which pool its connection is. */
  readonly connection: string
  readonly statement: string
  readonly durationMs: number
  /** Null when it succeeded; else the SQLSTATE, or the name of the error. */
  readonly failure: string | null
  /** By what it is found again, from who has sent it. */
  readonly about: object
}

export interface SlowOptions {
  readonly connection: string
  readonly slowMs: number
  readonly onSlow: (slow: SlowStatement) => void
}

/** What a statement may have beside its text and values. Asked for when it was slow. */
export interface Traced {
  readonly about?: () => object
}

type Sent = string | ({ readonly text?: unknown } & Traced)
type Done = (error: unknown, ...rest: unknown[]) => void

/**
 * Measures every statement of a connection, from when it is sent to its answer or its failure, and tells of the slow
 * ones. A text of the models' says by nothing who asks for it: it gets a comment.
 */
export function timeStatements(client: ClientBase, options: SlowOptions): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  const timed = (sent: Sent, ...rest: unknown[]): unknown => {
    const done = startTimer(sent, options)
    const first = typeof sent === 'string' ? withComment(sent) : sent
    const given = rest.at(-1)
    if (typeof given === 'function') {
      const answer: Done = (error, ...more) => {
        done(error)
        given(error, ...more)
      }
      return query(first, ...rest.slice(0, -1), answer)
    }
    const result = query(first, ...rest)
    if (result instanceof Promise) result.then(() => done(null), done)
    return result
  }
  client.query = timed as ClientBase['query']
}

function startTimer(sent: Sent, { connection, slowMs, onSlow }: SlowOptions): (error: unknown) => void {
  const beganMs = performance.now()
  return (error) => {
    const durationMs = performance.now() - beganMs
    if (durationMs < slowMs) return
    const text = typeof sent === 'string' ? sent : String(sent.text ?? '')
    const about = typeof sent === 'string' ? {} : (sent.about?.() ?? {})
    onSlow({ connection, statement: nameOfStatement(text), durationMs, failure: failureOf(error), about })
  }
}

function failureOf(error: unknown): string | null {
  if (error === null || error === undefined) return null
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(code ?? name ?? 'unknown')
}

function withComment(text: string): string {
  return text.includes("application='coupon'") ? text : `${text} ${comment({ application: 'coupon' })}`
}
