/**
 * The strategies' names apart from their code, so that `--help` and the configuration's check load neither a
 * database driver nor a Redis client. strategies.ts fails to compile when the two lists differ.
 */
export const strategyNames = ['batch', 'atomic', 'lock'] as const

export type StrategyName = (typeof strategyNames)[number]
