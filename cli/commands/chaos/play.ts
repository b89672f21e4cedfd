import { messageOf } from '../../../server/public/basics.ts'
import { checkHistory } from '../../chaos/checks/checks.ts'
import type { FaultWindow } from '../../chaos/fault.ts'
import { injectFaults, recoveryMsMax } from '../../chaos/inject.ts'
import { judgeLimits, startLimitProbes } from '../../chaos/limits/limits.ts'
import { type Load, startLoad } from '../../chaos/load/load.ts'
import { judgeReadiness } from '../../chaos/readiness/judge.ts'
import { startReadinessProbes } from '../../chaos/readiness/probes.ts'
import { awaitRecovery } from '../../chaos/recovery.ts'
import { buildChaosDocument } from '../../chaos/report/build-document.ts'
import type { ChaosDocument, ChaosDocumentPlan } from '../../chaos/report/document.ts'
import { scheduleOf } from '../../chaos/schedule.ts'
import type { World } from '../../chaos/world.ts'
import type { Ui } from '../../ui.ts'
import { packageVersion } from '../../version.ts'
import { environmentOf } from '../stress/environment.ts'
import { type Chosen, chooseFaults } from './choose-faults.ts'
import { createDisplay } from './display.ts'
import { readFacts } from './facts.ts'
import type { ChaosOptions } from './options.ts'
import type { ChaosFiles } from './outputs.ts'
import type { Stage } from './stage.ts'
import { chaosTimes } from './world/settings.ts'

export interface PlayParts {
  readonly options: ChaosOptions
  readonly files: ChaosFiles
  readonly ui: Ui
  /** Of Ctrl-C: no fault begins after it. */
  readonly asked: AbortSignal
}

const apiPrefix = '/api'

/** The load, the faults, and the verdict. */
export async function play(stage: Stage, parts: PlayParts): Promise<ChaosDocument> {
  const { options } = parts
  const { world } = stage
  const createdAt = new Date()
  const beganMs = performance.now()
  const nowMs = () => performance.now() - beganMs
  const faults = chooseFaults(options.plan.faults, world, () => load.couponNames())
  const load = await startLoad({
    servers: world.servers,
    apiPrefix,
    authorizations: stage.authorizations,
    makeCoupon: stage.makeCoupon,
    seed: options.plan.seed,
    nowMs,
    ...(parts.files.write !== null && { write: parts.files.write }),
    rate: { operationsPerS: options.plan.perS },
  })
  try {
    return await judge(stage, { load, faults, nowMs, createdAt, parts })
  } finally {
    // Also when the crowd broke off: whatever asks on would keep the process.
    await load.close().catch(() => {})
  }
}

interface JudgeParts {
  readonly load: Load
  readonly faults: Chosen
  readonly nowMs: () => number
  readonly createdAt: Date
  readonly parts: PlayParts
}

/** Breaks things while the load goes on, and holds what was heard against what is stored. */
async function judge(
  stage: Stage,
  { load, faults, nowMs, createdAt, parts }: JudgeParts,
): Promise<ChaosDocument> {
  const { world } = stage
  const { options, asked } = parts
  const neverDecided = await untilWarm(load, world)
  const readiness = startReadinessProbes(world.servers, nowMs)
  const limits = startLimitProbes(world.servers, nowMs)
  const run = async () => {
    const broken = await breakThings({ stage, load, faults, nowMs, parts })
    return { ...broken, history: await load.finish() }
  }
  const { windows, failures, history } = await run().finally(() =>
    Promise.all([readiness.stop(), limits.stop()]),
  )
  const durationMs = nowMs()
  const facts = await readFacts(stage.pool)
  const evidence = { history, facts, windows, contextTimeoutMs: chaosTimes.contextTimeoutMs }
  return buildChaosDocument({
    ...{ createdAt, durationMs, history, windows, command: options.command },
    toolVersion: packageVersion(),
    environment: environmentOf({ postgres: world.postgresVersion, redis: world.redisVersion }),
    plan: documentPlan(options, world),
    isInterrupted: asked.aborted,
    coupons: facts.coupons.length,
    faults: [...faults.chosen.values()],
    leftOut: faults.leftOut,
    results: checkHistory(evidence),
    neverDecided,
    readiness: judgeReadiness(readiness.probes, {
      ...{ windows, stalls: history.stalls, servers: world.servers.map(({ name }) => name) },
    }),
    excesses: judgeLimits(limits, world.servers),
    misdeeds: [...failures, ...stage.misdeeds()],
  })
}

/**
 * A process that has just started is slow for a moment, which no fault of ours explains. Resolves to the names of those that
 * decided no claim in all that time.
 */
async function untilWarm({ onDecided }: Load, { servers }: World): Promise<string[]> {
  const waits = servers.map(async ({ name }) => {
    const wanted = { servers: [name], sinceMs: 0, withinMs: recoveryMsMax }
    return (await awaitRecovery(onDecided, wanted)) === null ? [name] : []
  })
  return (await Promise.all(waits)).flat()
}

interface BreakParts {
  readonly stage: Stage
  readonly load: Load
  readonly faults: Chosen
  readonly nowMs: () => number
  readonly parts: PlayParts
}

/** Injects faults until the time is over. Resolves to those that went as planned, and to what did not, in sentences. */
async function breakThings({ stage, load, faults, nowMs, parts }: BreakParts) {
  const { plan } = parts.options
  // From now on: a run that takes long to begin has its faults all the same.
  const endMs = nowMs() + plan.minutes * 60_000
  const windows: FaultWindow[] = []
  const failures: string[] = []
  const display = createDisplay(parts.ui, { endMs, nowMs, history: load.history })
  try {
    await injectFaults({
      ...{ world: stage.world, faults: faults.chosen, nowMs, endMs, signal: parts.asked },
      steps: scheduleOf(plan.seed, [...faults.chosen.keys()]),
      onDecided: load.onDecided,
      onBegin: display.begin,
      onWindow: (window) => {
        windows.push(window)
        display.end(window)
      },
    })
  } catch (error) {
    failures.push(`A fault could not be injected or healed, which ended them: ${messageOf(error)}`)
  } finally {
    display.stop()
  }
  parts.ui.note('No more faults. Waiting for the last answers …')
  return { windows: windows.sort((one, other) => one.injectedMs - other.injectedMs), failures }
}

function documentPlan({ plan, databaseUrl }: ChaosOptions, { servers }: World): ChaosDocumentPlan {
  return {
    minutes: plan.minutes,
    seed: plan.seed,
    rate_per_s: plan.perS,
    database: databaseUrl === null ? 'embedded' : 'given',
    servers: servers.map(({ name, strategy, workers }) => ({ name, strategy, workers })),
    context_timeout_ms: chaosTimes.contextTimeoutMs,
  }
}
