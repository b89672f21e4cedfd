/** Changes of the schema: with Umzug. */
export { type MigrationState, migrateDown, migrateUp, migrationStatus } from '../db/migrator.ts'
