/** Columns of a stock curve, oldest first. */
export interface CurvePoints {
  /** Seconds since 1970. */
  readonly at: readonly number[]
  readonly remaining: readonly number[]
}

/** More than a screen has points across. */
export const curvePointsMax = 1500

/** With one more point; when there are too many, every second one of the older half goes. */
export function appendPoint({ at, remaining }: CurvePoints, second: number, left: number): CurvePoints {
  const last = at.at(-1)
  // A point from before the last is one that the API has told already.
  if (last !== undefined && second <= last) return { at, remaining: [...remaining.slice(0, -1), left] }
  const isKept = (_value: number, n: number) => at.length < curvePointsMax || n > at.length / 2 || n % 2 === 0
  return { at: [...at.filter(isKept), second], remaining: [...remaining.filter(isKept), left] }
}
