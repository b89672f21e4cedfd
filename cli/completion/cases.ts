import type { Offer } from '../program/parts.ts'
import type { Place } from './places.ts'

/** The questions that a completion asks of the commands; each shell writes them in its own words. */
export interface Cases {
  /** `coupon serve`: from here on, the words belong to that command. */
  readonly commands: readonly string[]
  /** `coupon serve --port`: the next word is its value. */
  readonly valued: readonly string[]
  /** What follows `coupon serve --strategy`, also where it may be left out. */
  readonly values: readonly (readonly [place: string, offer: Offer])[]
  /** What the operands are: `coupon user role 1`, counted from 0; `coupon report *` for all of them. */
  readonly operands: readonly (readonly [place: string, offer: Offer])[]
}

/** Only those about which there is something to offer. */
export function casesOf(places: readonly Place[]): Cases {
  const isKnown = ([, { words, isFile }]: readonly [string, Offer]) => words.length > 0 || isFile
  const under = (values: ReadonlyMap<string, Offer>, path: string) =>
    [...values].map(([name, offer]) => [`${path} ${name}`, offer] as const)
  return {
    commands: places.slice(1).map(({ path }) => path),
    valued: places.flatMap(({ path, values }) => [...values.keys()].map((name) => `${path} ${name}`)),
    values: places
      .flatMap(({ path, values, optionalValues }) => [...under(values, path), ...under(optionalValues, path)])
      .filter(isKnown),
    operands: places
      .flatMap(({ path, operands, isVariadic }) =>
        operands.map((offer, index) => {
          const isRest = isVariadic && index === operands.length - 1
          return [`${path} ${isRest ? '*' : index}`, offer] as const
        }),
      )
      .filter(isKnown),
  }
}
