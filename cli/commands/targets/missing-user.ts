import { AppError } from '../../../server/public/basics.ts'
import { usernameOf } from '../../stress/usernames.ts'

/** Only the last is looked for: who seeds, seeds from the first on. */
export function missingUser(users: number): AppError {
  return new AppError(
    'not_found',
    `The server has no user ${usernameOf(users - 1)}. Run "coupon seed --users ${users}" with its database, ` +
      'or set DATABASE_URL to that to have them seeded.',
  )
}
