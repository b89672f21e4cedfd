import { type AttackName, attackNames } from '../attacks/names.ts'
import type { Bench, Measure } from '../bench.ts'
import type { Child } from '../child.ts'
import type { Database } from '../database.ts'
import type { Finding } from '../finding.ts'
import { sendLoad } from '../generator.ts'
import { loadOf, streamFor } from '../sales.ts'
import { limitNotes } from '../trials.ts'

/** Few enough that the attack's own process, which shares the processors, is not what they wait for. */
const ratePerS = 500

/** What other clients feel of an attack on the same server: the p99 of their claims with it, and right before without it. */
export const hostileConnections: Measure = {
  name: 'hostile-connections',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const server = await bench.startCoupon({ database })
    const generator = await bench.startGenerator()
    const parts = { bench, database, server, generator }
    await claimAtRate(parts)
    const findings: Finding[] = []
    for (const name of attackNames) findings.push(await underAttack(parts, name))
    return findings
  },
}

interface Parts {
  readonly bench: Bench
  readonly database: Database
  readonly server: Child
  readonly generator: Child
}

async function underAttack(parts: Parts, name: AttackName): Promise<Finding> {
  const { bench, server } = parts
  const calm: number[] = []
  const attacked: number[] = []
  const cpuShares: number[] = []
  let failed = 0
  for (let repeat = 0; repeat < bench.flags.repeats; repeat += 1) {
    const before = await claimAtRate(parts)
    const attack = await bench.startAttack(name, server)
    try {
      const during = await claimAtRate(parts)
      calm.push(before.latencyMs.p99)
      attacked.push(during.latencyMs.p99)
      cpuShares.push(during.cpuShare)
      failed += during.answered.failed
    } finally {
      await attack.stop()
    }
    bench.note(
      `  ${repeat + 1}/${bench.flags.repeats} ${name}: p99 ${attacked.at(-1)?.toFixed(1)} ms, ${calm.at(-1)?.toFixed(1)} without`,
    )
  }
  return {
    what: `p99 of a claim at ${ratePerS} requests/s beside ${name} ÷ without them`,
    figure: { label: name, unit: 'ms', values: attacked },
    base: { label: 'without', unit: 'ms', values: calm },
    aim: { is: 'at most', ratio: 2 },
    notes: [
      ...limitNotes(name, cpuShares),
      ...(failed > 0 ? [`Beside ${name}, ${failed} claims were not answered.`] : []),
    ],
  }
}

async function claimAtRate({ bench, database, server, generator }: Parts) {
  const requests = ratePerS * bench.flags.seconds
  const stream = streamFor(bench, requests)
  await database.addCoupons(stream)
  const load = loadOf(bench, { tool: 'pacer', server }, { stream, requests })
  const result = await sendLoad(generator, { ...load, ratePerS })
  await database.prove(stream, result.answered.won)
  return result
}
