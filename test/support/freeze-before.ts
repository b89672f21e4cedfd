/**
 * Loaded before a program (`--import`), freezes it once: it stops itself, as SIGSTOP from outside would, right before it
 * sends a statement to Postgres, so at a place that no signal from outside would hit each time. FREEZE_BEFORE names the
 * statement, and after a colon which time it is sent, from 1. SIGCONT sets the program going again.
 */
import pg from 'pg'

const [name, turn = '1'] = (process.env.FREEZE_BEFORE ?? '').split(':')
const { query } = pg.Client.prototype
let turns = 0

// The types of `query` are many, and none of them matters here.
pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  if ((given[0] as { name?: string } | undefined)?.name === name) {
    turns += 1
    if (turns === Number(turn)) process.kill(process.pid, 'SIGSTOP')
  }
  return (query as (...given: unknown[]) => unknown).apply(this, given)
} as typeof query
