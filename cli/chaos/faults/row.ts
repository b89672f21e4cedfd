import type { Fault } from '../fault.ts'
import { namesOf } from './aim.ts'

const heldMs = { min: 300, max: 3_000 }

/** Holds the row of one of the coupons that are on sale just then. */
export function rowHeld(couponNames: () => readonly string[]): Fault {
  return {
    name: 'row_held',
    title: "a session of somebody else holds a coupon's row",
    impossible: () => null,
    inject: async ({ servers, foreign }, draw) => {
      const couponName = draw.pick(couponNames())
      const lastsMs = draw.between(heldMs.min, heldMs.max)
      const heal = await foreign.holdRow(couponName)
      return {
        target: `coupon ${couponName}`,
        servers: namesOf(servers),
        withoutDatabase: [],
        lastsMs,
        heal,
      }
    },
  }
}
