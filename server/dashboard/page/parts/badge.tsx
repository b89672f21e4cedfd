/** The states of coupons and claims, in words and in a colour of their own. */
const words: Readonly<Record<string, readonly [text: string, tone: string]>> = {
  active: ['active', 'good'],
  upcoming: ['upcoming', 'cool'],
  paused: ['paused', 'warn'],
  ended: ['ended', 'plain'],
  sold_out: ['sold out', 'plain'],
  confirmed: ['confirmed', 'good'],
  held: ['held', 'warn'],
  expired: ['expired', 'plain'],
  released: ['given back', 'cool'],
}

export function Badge({ state }: { readonly state: string }) {
  const [text, tone] = words[state] ?? [state.replaceAll('_', ' '), 'plain']
  return <span class={`badge ${tone}`}>{text}</span>
}
