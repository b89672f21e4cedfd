interface StockBarProps {
  readonly amount: number
  readonly remaining: number
  readonly held: number
}

/**
 * What is left of a coupon, for eyes alone: the figures stand beside it. Only transforms move, so that a storm of
 * changes costs the page no layout.
 */
export function StockBar({ amount, remaining, held }: StockBarProps) {
  return (
    <div class="bar" aria-hidden="true">
      <span class="bar-held" style={{ transform: scaleOf(remaining + held, amount) }} />
      <span class="bar-left" style={{ transform: scaleOf(remaining, amount) }} />
    </div>
  )
}

/** How full a queue is, in the same way. */
export function QueueBar({ queue, limit }: { readonly queue: number; readonly limit: number }) {
  return (
    <div class="bar thin" aria-hidden="true">
      <span class="bar-queue" style={{ transform: scaleOf(queue, limit) }} />
    </div>
  )
}

function scaleOf(part: number, whole: number): string {
  return `scaleX(${whole === 0 ? 0 : Math.min(1, Math.max(0, part / whole))})`
}
