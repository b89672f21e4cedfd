import type { LoadShape } from '../shape.ts'

export type OpenShape = Exclude<LoadShape, { readonly kind: 'burst' }>

/** A rate is a ramp from itself to itself. */
function ramp(load: OpenShape): { fromPerS: number; toPerS: number; durationS: number } {
  if (load.kind === 'ramp') return load
  return { fromPerS: load.perS, toPerS: load.perS, durationS: load.durationS }
}

/** How many moments there are in an open model's time: its mean rate times its length. */
export function momentsOf(load: OpenShape): number {
  const { fromPerS, toPerS, durationS } = ramp(load)
  // A billionth less, so that 0.1 a second for 30 s are 3 and not, by rounding, 4.
  return Math.max(0, Math.ceil(((fromPerS + toPerS) / 2) * durationS - 1e-9))
}

/**
 * When the requests of an open model are meant to be sent, in microseconds since the start; the first at 0.
 *
 * As vegeta's linear pacer has it (lib/pacer.go): with a rate that grows by `growth` a second every second,
 * `from * t + growth * t² / 2` requests are due by the time t. Solved for t, in the form that loses no digits when the
 * growth is small, and holds for none and for a fall as well.
 */
export function intendedUsOf(load: OpenShape): (moment: number) => number {
  const { fromPerS, toPerS, durationS } = ramp(load)
  const growth = (toPerS - fromPerS) / durationS
  return (moment) => {
    if (moment === 0) return 0
    const root = Math.sqrt(Math.max(0, fromPerS * fromPerS + 2 * growth * moment))
    return ((2 * moment) / (fromPerS + root)) * 1_000_000
  }
}
