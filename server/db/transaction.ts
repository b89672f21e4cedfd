import { Transaction } from 'sequelize'
import type { Sequelize } from 'sequelize-typescript'

/** Runs the work in a transaction, which is undone when it throws. */
export function inTransaction<T>(
  models: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return models.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED }, work)
}
