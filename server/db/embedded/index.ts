/** A real Postgres server out of npm's platform packages, for whoever has none. */
export { type EmbeddedPostgres, findRunningEmbeddedPostgres, openEmbeddedPostgres } from './open.ts'
export { openTemporaryPostgres } from './temporary.ts'
