/** A real Postgres server out of npm's platform packages, for whoever has none. */
export type { PostgresControl } from './control.ts'
export { type EmbeddedFacts, inspectEmbeddedPostgres } from './inspect.ts'
export { type EmbeddedPostgres, findRunningEmbeddedPostgres, openEmbeddedPostgres } from './open.ts'
export { openTemporaryPostgres, type TemporaryPostgres } from './temporary.ts'
