import { seedTables } from './0001_seed_tables.ts'
import { claimFunction } from './0002_claim_function.ts'
import { accounts } from './0003_accounts.ts'
import { couponTerms } from './0004_coupon_terms.ts'
import { claimStates } from './0005_claim_states.ts'
import { claimStandings } from './0006_claim_standings.ts'
import { holdExpiry } from './0007_hold_expiry.ts'
import { claimWithTerms } from './0008_claim_with_terms.ts'
import { claimChanges } from './0009_claim_changes.ts'
import { stockNotice } from './0010_stock_notice.ts'
import { claimStanding } from './0011_claim_standing.ts'
import { claimSeveralCoupons } from './0012_claim_several_coupons.ts'
import { tokensValidFrom } from './0013_tokens_valid_from.ts'
import { claimFences } from './0014_claim_fences.ts'
import { retryFindsItsClaim } from './0015_retry_finds_its_claim.ts'
import type { Migration } from './migration.ts'

export type { Migration } from './migration.ts'

/** Every migration, in the order of application. `coupon migrate create` adds its line here. */
export const migrations: readonly Migration[] = [
  seedTables,
  claimFunction,
  accounts,
  couponTerms,
  claimStates,
  claimStandings,
  holdExpiry,
  claimWithTerms,
  claimChanges,
  stockNotice,
  claimStanding,
  claimSeveralCoupons,
  tokensValidFrom,
  claimFences,
  retryFindsItsClaim,
]
