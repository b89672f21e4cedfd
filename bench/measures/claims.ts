import type { Bench, Measure } from '../bench.ts'
import type { Child } from '../child.ts'
import type { Database } from '../database.ts'
import type { Finding } from '../finding.ts'
import type { Tool } from '../generators/load.ts'
import { winning } from '../sales.ts'
import { alternate, findingOf } from '../trials.ts'

const toolNames = { autocannon: 'autocannon', driver: 'coupon stress’ engine' } as const

/** Durable claims of one hot coupon beside servers that answer the same and store nothing. */
export const claims: Measure = {
  name: 'claims',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const servers = {
      database,
      coupon: await bench.startCoupon({ database }),
      stock: await bench.startBaseline('stock-express'),
      raw: await bench.startBaseline('raw-http'),
    }
    return [...(await compare(bench, 'autocannon', servers)), ...(await compare(bench, 'driver', servers))]
  },
}

interface Servers {
  readonly database: Database
  readonly coupon: Child
  readonly stock: Child
  readonly raw: Child
}

async function compare(
  bench: Bench,
  tool: keyof typeof toolNames & Tool,
  { database, coupon, stock, raw }: Servers,
): Promise<Finding[]> {
  const tooled = { tool, generator: await bench.startGenerator() }
  const [ours, express, node] = await alternate(bench, [
    winning(bench, { ...tooled, label: 'coupon', server: coupon, database }),
    winning(bench, { ...tooled, label: 'stock Express', server: stock, database: null }),
    winning(bench, { ...tooled, label: 'raw node:http', server: raw, database: null }),
  ])
  const what = (base: string) => `durable claims ÷ ${base} without a database (${toolNames[tool]})`
  return [
    findingOf(what('stock Express'), [ours, express], { is: 'at least', ratio: 2 }),
    findingOf(what('raw node:http'), [ours, node], { is: 'at least', ratio: 0.6 }),
  ]
}
