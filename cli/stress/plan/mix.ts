import type { StressFlags } from '../plan.ts'
import { type Mix, type RequestKind, requestKinds } from '../shape.ts'
import { stressDefaults } from './limits.ts'
import { parseDecimal } from './quantities.ts'
import { type PlanReader, quote } from './reader.ts'

const weightMax = 1_000_000

/** `claim=90,release=5,eligibility=5`: what is not named has the weight 0. */
export function readMix({ mix: text }: StressFlags, read: PlanReader): Mix {
  const mix = read.value<Mix>('--mix', text, {
    parse: parseMix,
    wants: `weights of ${requestKinds.join(', ')}, each at most once and not all 0, such as claim=90,release=5,eligibility=5`,
    initial: stressDefaults.mix,
  })
  if (mix.release > 0 && mix.claim === 0) {
    read.fault(
      '--mix',
      `got ${quote(text ?? '')}, wants claims too, since a release gives back a claim of this run`,
    )
  }
  return mix
}

function parseMix(text: string): Mix | null {
  const weights = new Map<string, number>()
  for (const part of text.split(',')) {
    const [name = '', amount = '', ...rest] = part.split('=').map((word) => word.trim())
    const weight = parseDecimal(amount, weightMax)
    if (weight === null || rest.length > 0 || !isKind(name) || weights.has(name)) return null
    weights.set(name, weight)
  }
  const weightOf = (kind: RequestKind) => weights.get(kind) ?? 0
  const mix = { claim: weightOf('claim'), release: weightOf('release'), eligibility: weightOf('eligibility') }
  return mix.claim + mix.release + mix.eligibility === 0 ? null : mix
}

function isKind(name: string): name is RequestKind {
  return (requestKinds as readonly string[]).includes(name)
}
