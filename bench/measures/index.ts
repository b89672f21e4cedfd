import type { Measure } from '../bench.ts'
import { claims } from './claims.ts'
import { generator } from './generator.ts'
import { hostileConnections } from './hostile-connections.ts'
import { hot } from './hot-coupons.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { overload } from './overload.ts'
import { soldOut } from './sold-out.ts'
import { statement } from './statement.ts'
import { steady } from './steady.ts'
import { stored } from './stored.ts'
import { strategies } from './strategies.ts'
import { tokens } from './tokens.ts'
import { watchers } from './watchers.ts'
import { workers } from './workers.ts'

/** In the order of the table; the longest last. */
export const measures: readonly Measure[] = [
  claims,
  generator,
  statement,
  strategies,
  soldOut,
  tokens,
  stored,
  hot,
  latency,
  workers,
  overload,
  hostileConnections,
  watchers,
  memory,
  steady,
]
