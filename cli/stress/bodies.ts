import { usernameOf } from './usernames.ts'

/**
 * Every user's claim, written out before the clock starts. One block of memory holds them all, since a
 * million Buffers of their own would cost twice the bytes in bookkeeping; what is returned is a view of it.
 */
export function buildClaimBodies(users: number, couponName: string): (user: number) => Buffer {
  const tail = `","coupon_name":${JSON.stringify(couponName)}}`
  const bodyOf = (user: number) => `{"user_id":"${usernameOf(user)}${tail}`
  const offsets = new Float64Array(users + 1)
  for (let user = 0; user < users; user++) {
    offsets[user + 1] = (offsets[user] ?? 0) + Buffer.byteLength(bodyOf(user))
  }
  const block = Buffer.allocUnsafe(offsets[users] ?? 0)
  for (let user = 0; user < users; user++) block.write(bodyOf(user), offsets[user] ?? 0)
  return (user) => block.subarray(offsets[user], offsets[user + 1])
}
