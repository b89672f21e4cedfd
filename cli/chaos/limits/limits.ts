import { readMetrics } from './page.ts'

/** What a server told of something that has a limit, while it was over it. */
export interface Excess {
  readonly server: string
  readonly what: string
  readonly entries: number
  readonly max: number
  readonly atMs: number
}

export interface LimitProbes {
  /** For each server and each thing, the worst. */
  readonly excesses: readonly Excess[]
  /** How many pages with limits were read, by the server's name; a server without any is not in it. */
  readonly pages: ReadonlyMap<string, number>
  /** Asks no more; resolves when the last question has ended. */
  stop(): Promise<void>
}

/** Often enough to see a queue that grows, and rarely enough to be no load: a page of metrics takes some 5 ms. */
const everyMs = 500

/** Asks each server for its metrics, at once and then again and again, in which it tells how much there is of all that has a limit. A server that is down tells nothing. */
export function startLimitProbes(
  servers: readonly { readonly name: string; readonly url: string }[],
  nowMs: () => number,
): LimitProbes {
  const worst = new Map<string, Excess>()
  const underWay = new Map<string, Promise<void>>()
  const pages = new Map<string, number>()

  async function probe(server: string, url: string): Promise<void> {
    const text = await readMetrics(url)
    if (text === null) return
    if (valuesOf(text, 'coupon_bounded_entries_max').size > 0) pages.set(server, (pages.get(server) ?? 0) + 1)
    for (const excess of excessesIn(text)) {
      const name = `${server} ${excess.what}`
      const before = worst.get(name)
      if (before === undefined || excess.entries - excess.max > before.entries - before.max)
        worst.set(name, { server, ...excess, atMs: nowMs() })
    }
  }

  const askAll = () => {
    for (const { name, url } of servers) {
      if (underWay.has(name)) continue
      underWay.set(
        name,
        probe(name, url).finally(() => underWay.delete(name)),
      )
    }
  }
  const timer = setInterval(askAll, everyMs)
  askAll()

  return {
    get excesses() {
      return [...worst.values()]
    },
    pages,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay.values())
    },
  }
}

/** What exceeds its limit in a page of /metrics (docs/metrics.md, "What has a limit"). */
export function excessesIn(text: string): readonly Pick<Excess, 'what' | 'entries' | 'max'>[] {
  const limits = valuesOf(text, 'coupon_bounded_entries_max')
  return [...valuesOf(text, 'coupon_bounded_entries')].flatMap(([what, entries]) => {
    const max = limits.get(what)
    return max === undefined || entries <= max ? [] : [{ what, entries, max }]
  })
}

function valuesOf(text: string, metric: string): Map<string, number> {
  const lines = text.matchAll(new RegExp(`^${metric}\\{what="(\\w+)"\\} (\\S+)$`, 'gm'))
  return new Map([...lines].map(([, what = '', value]) => [what, Number(value)]))
}

/** What was not as promised, in sentences: what exceeded its limit, and which servers told none, so that nobody saw them kept. */
export function judgeLimits(
  { excesses, pages }: Pick<LimitProbes, 'excesses' | 'pages'>,
  servers: readonly { readonly name: string }[],
): string[] {
  const unseen = servers
    .filter(({ name }) => !pages.has(name))
    .map(({ name }) => `${name} told no limits: not one page of its /metrics with any was read.`)
  return [...excesses.map(sayExcess), ...unseen]
}

function sayExcess({ server, what, entries, max, atMs }: Excess): string {
  return `${server} had ${entries} of ${what} at ${(atMs / 1000).toFixed(2)} s, and the limit is ${max}.`
}
