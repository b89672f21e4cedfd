/**
 * The seam between HTTP and what is seen live: who watches, and what is told to them. This file imports nothing.
 */

/** Who watches, and what. */
export interface Viewer {
  /** Null in open mode without a valid token. */
  readonly username: string | null
  /** An admin sees the processes and everybody's claims, a user its own claims alone. */
  readonly isAdmin: boolean
  /** The one coupon to be shown, as looked up; null for all. */
  readonly couponName: string | null
  /** False once the token has ended, by its time or by a change of its owner. Asked about once a second. */
  readonly isAllowed: () => boolean
}

/** Where the frames of one viewer go. */
export interface Sink {
  write(frame: Buffer): void
  /** Bytes that were written and have not left this process yet. */
  pendingBytes(): number
  /** Ends the stream after what was written. */
  end(): void
  /** Cuts it at once. */
  destroy(): void
}

/** Why a viewer is not let in: the server is closing; it has no place left; this user has too many streams already. */
export type Refusal = 'closing' | 'full' | 'too_many_of_user'

export interface Live {
  /** Null when there is a place, which `watch` takes if it is called in the same turn of the event loop. */
  refusal(viewer: Viewer): Refusal | null
  /**
   * Opens the sink and writes the first frame, then all that follow, until the returned function is called. Rejects
   * before it opens the sink: `AppError('coupon_not_found')`, or an error of the database.
   */
  watch(viewer: Viewer, open: () => Sink): Promise<() => void>
}

/** A coupon's stock over time: at most 500 points, the oldest first. */
export interface Curve {
  readonly coupon: string
  readonly amount: number
  /** `remaining` holds from `at` on; as if the amount had always been what it is now. */
  readonly points: readonly { readonly at: Date; readonly remaining: number }[]
}

/** Null when there is no coupon of that name. */
export type ReadCurve = (couponName: string) => Promise<Curve | null>
