import type { ClockDifference } from '../../../server/public/database.ts'
import { error, type Finding, ok, warning } from './finding.ts'

/** Tokens have whole seconds. */
const warnMs = 1_000
/** Beyond this, sign-ins and limits between servers go visibly wrong. */
const errorMs = 60_000

const mend = 'let both machines keep time by NTP: timedatectl set-ntp true'

/** The database's clock dates holds and new passwords, this machine's dates tokens. */
export function judgeClock({ aheadMs, roundTripMs }: ClockDifference): Finding {
  const certainMs = Math.max(0, Math.abs(aheadMs) - roundTripMs / 2)
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(Math.abs(aheadMs) < 10_000 ? 3 : 0)
  const told = `This machine's clock is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} the database's`
  if (certainMs <= warnMs) return ok('clock', `${told}.`)
  const effect =
    aheadMs > 0
      ? 'a token signed just before a password was changed lives on for as long, and holds seem to end late'
      : 'tokens signed here are good for longer elsewhere, and holds seem to end early'
  return certainMs > errorMs
    ? error('clock', `${told}: ${effect}.`, mend)
    : warning('clock', `${told}: ${effect}.`, mend)
}
