import type { ClaimLife } from '../claims/life.ts'
import type { Meters } from '../metrics/meters.ts'
import type { Totals } from './counted.ts'

/** The same meters, which count each claim for who watches as well. */
export function observeMeters(meters: Meters, totals: Totals): Meters {
  return {
    ...meters,
    claim: (outcome, tookMs) => {
      meters.claim(outcome, tookMs)
      totals.claim(outcome, tookMs)
    },
  }
}

/** The same life, of which is counted what has come about: after the commit, as it is told. */
export function observeLife(life: ClaimLife, totals: Totals): ClaimLife {
  return {
    confirm: async (...asked) => {
      const outcome = await life.confirm(...asked)
      if (outcome === 'confirmed') totals.changed()
      return outcome
    },
    release: async (...asked) => {
      const outcome = await life.release(...asked)
      if (outcome === 'released') totals.released(1)
      return outcome
    },
    close: life.close,
  }
}
