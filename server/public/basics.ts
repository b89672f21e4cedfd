/** Names, rules and configuration: what needs no database. */
export { findSecret, newSecret, provideSecret } from '../auth/secret.ts'
export type { ClaimOutcome, ClaimRequest, ClaimStrategy } from '../claims/claim.ts'
export { type ClaimState, claimStates } from '../claims/life.ts'
export { type StrategyName, strategyNames } from '../claims/names.ts'
export type { AuthMode } from '../config/auth-modes.ts'
export { isLoopback } from '../config/authority.ts'
export { durationMs, durationPattern } from '../config/duration.ts'
export {
  environmentVariables,
  exampleSecret,
  flagSettings,
  secretSettings,
  settings,
} from '../config/settings.ts'
export {
  type Config,
  type ConfigFlags,
  type ConfigReading,
  loadConfig,
  passwordOfEnvironment,
  readConfig,
} from '../config.ts'
export { instantWish, parseInstant } from '../coupons/instant.ts'
export { canonicalName, lookupName } from '../coupons/name.ts'
export { type CouponSort, couponSorts } from '../coupons/sort.ts'
export { type CouponState, couponStates } from '../coupons/state.ts'
export type { Audience, AudienceWish, TermsWish } from '../coupons/terms.ts'
export { usernamesOfCsv } from '../coupons/usernames-csv.ts'
export { isPidAlive } from '../db/embedded/process-mark.ts'
export { childrenOf, commandLineOf } from '../db/embedded/process-tree.ts'
export { AppError, type AppErrorCode, messageOf } from '../errors.ts'
export { findLastingPort } from '../free-port.ts'
export { createLifecycle, type Lifecycle } from '../lifecycle.ts'
export { plainJson } from '../plain-json.ts'
export { isRole, passwordFault, type Role, usernameFault } from '../users/rules.ts'
