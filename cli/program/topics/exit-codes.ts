import { exitCodes, exitMeanings } from '../../command.ts'

export function exitCodesPage(): string {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[]
  const rows = names.map((name) => `  ${String(exitCodes[name]).padStart(3)}  ${exitMeanings[name]}`)
  return `Exit codes

${rows.join('\n')}

Of "coupon stress", a check that failed outweighs a threshold that was crossed.
"coupon doctor" ends with the worst it found: 0 for notes, 4 for a warning, 1
for an error, also where something cannot be reached.

Results go to stdout and everything else to stderr, so that a pipe gets the
result alone. COUPON_DEBUG=1 shows where an error came from.`
}
