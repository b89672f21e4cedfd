import type { StrategyName } from '../../../server/claims/names.ts'
import { strategyNames } from '../../../server/claims/names.ts'
import { wrap } from '../../stress/report/wrap.ts'

const words: Readonly<Record<StrategyName, string>> = {
  batch:
    'Claims that come while others are being decided wait for them, and are decided together, in order, in one statement: one round trip and one fsync for many. What this program is for.',
  atomic:
    'Each claim alone, in a transaction of its own. The plain, correct way; as many round trips and fsyncs as claims.',
  lock: "The original's Redis lock around that transaction. It refuses people while stock is left, for who does not get the lock in its tries is told to come again. It needs a Redis: the configured one, or one that serve starts.",
}

export function strategies(): string {
  const pages = strategyNames.flatMap((name) => [
    ...wrap(words[name], '          ', `  ${name.padEnd(8)}`),
    '',
  ])
  return `Strategies

${pages.join('\n')}
All of them rest on the same rows and constraints of the database: none
oversells, also side by side. Choose with --strategy, COUPON_STRATEGY or
claim.strategy. See
what they are worth here:

  $ coupon stress --compare ${strategyNames.join(',')} --repeat 3 --html report.html`
}
