/**
 * The public surface, whole, for who embeds the server. It is in parts by what they load, 0.85 s of a processor for all:
 * a command takes the parts it needs.
 */
export * from './public/basics.ts'
export * from './public/database.ts'
export * from './public/migrations.ts'
export * from './public/models.ts'
export * from './public/redis.ts'
export * from './public/serving.ts'
export * from './public/tokens.ts'
