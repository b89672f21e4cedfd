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

/**
 * What other clients feel of an attack on the same server: the p99 of their claims beside it, and right before it without. Attacker, server,
 * database and clients share one machine here, so it is measured as well beside the same attack on another server.
 */
export const hostileConnections: Measure = {
  name: 'hostile-connections',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const server = await bench.startCoupon({ database })
    const other = await bench.startCoupon({ database })
    const generator = await bench.startGenerator()
    const parts = { bench, database, server, other, generator }
    await claimAtRate(parts)
    const findings: Finding[] = []
    for (const name of attackNames) findings.push(...(await underAttack(parts, name)))
    return findings
  },
}

interface Parts {
  readonly bench: Bench
  readonly database: Database
  readonly server: Child
  readonly other: Child
  readonly generator: Child
}

async function underAttack(parts: Parts, name: AttackName): Promise<Finding[]> {
  const { bench, server, other } = parts
  const { repeats } = bench.flags
  const calm: number[] = []
  const elsewhere: number[] = []
  const attacked: number[] = []
  const cpuShares: number[] = []
  let failed = 0
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const before = await claimAtRate(parts)
    const beside = await claimBeside(parts, name, other)
    const during = await claimBeside(parts, name, server)
    calm.push(before.latencyMs.p99)
    elsewhere.push(beside.latencyMs.p99)
    attacked.push(during.latencyMs.p99)
    cpuShares.push(during.cpuShare)
    failed += during.answered.failed
    const [with_, besideOther, without] = [attacked, elsewhere, calm].map((p99s) => p99s.at(-1)?.toFixed(1))
    bench.note(
      `  ${repeat + 1}/${repeats} ${name}: p99 ${with_} ms, ${without} without, ${besideOther} beside the same on another server`,
    )
  }
  const figure = { label: name, unit: 'ms', values: attacked } as const
  const notes = [
    ...limitNotes(name, cpuShares),
    ...(failed > 0 ? [`Beside ${name}, ${failed} claims were not answered.`] : []),
  ]
  return [
    {
      what: `p99 of a claim at ${ratePerS} requests/s beside ${name} ÷ without them`,
      figure,
      base: { label: 'without', unit: 'ms', values: calm },
      aim: { is: 'at most', ratio: 2 },
      notes,
    },
    {
      what: `the same ÷ beside ${name} on another server of the machine`,
      figure,
      base: { label: 'on another', unit: 'ms', values: elsewhere },
      aim: null,
      notes: [],
    },
  ]
}

async function claimBeside(parts: Parts, name: AttackName, target: Child) {
  const attack = await parts.bench.startAttack(name, target)
  try {
    return await claimAtRate(parts)
  } finally {
    await attack.stop()
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
