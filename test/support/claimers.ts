import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ClaimDecision } from '../../server/claims/claim.ts'
import type { ChangeOutcome } from '../../server/claims/life.ts'
import type { StrategyName } from '../../server/claims/names.ts'
import type { Config } from '../../server/config.ts'
import { answerOf, type ClaimAnswer, type Wish } from './claims.ts'

/** What a strategy in another process is made of. */
export interface RemoteStrategy {
  readonly name: StrategyName
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly claim: Config['claim']
  readonly timeoutMs: number
  /** `lock` without a fence; see unfenced-lock.ts. */
  readonly isUnfenced?: boolean
}

export type ClaimerCommand =
  | { readonly type: 'open'; readonly strategy: RemoteStrategy }
  | { readonly type: 'claim'; readonly wishes: readonly Wish[]; readonly timeoutMs: number }
  | { readonly type: 'change'; readonly verb: 'confirm' | 'release'; readonly claimIds: readonly string[] }
  | { readonly type: 'sweep' }
  | { readonly type: 'close' }

/** A process that claims through strategies of its own; see claimer.ts. */
export interface Claimer {
  open(strategy: RemoteStrategy): Promise<void>
  claim(wishes: readonly Wish[], timeoutMs: number): Promise<ClaimAnswer[]>
  /** The same with all that is told; null for a claim that was rejected with an error. */
  decide(wishes: readonly Wish[], timeoutMs: number): Promise<(ClaimDecision | null)[]>
  change(verb: 'confirm' | 'release', claimIds: readonly string[]): Promise<ChangeOutcome[]>
  /** Resolves to how many holds it gave back. */
  sweep(): Promise<number>
  /** Closes the strategy; another can be opened then. */
  close(): Promise<void>
  /** Sets the process going again where it was frozen. To one that is not, it does nothing. */
  thaw(): void
  /** Ends the process in the middle of whatever it does. */
  kill(): Promise<void>
}

const claimerFile = fileURLToPath(new URL('claimer.ts', import.meta.url))

export async function startClaimers(count: number): Promise<Claimer[]> {
  return Promise.all(Array.from({ length: count }, () => startClaimer([])))
}

/** One that freezes before it sends the statement of this name, at the time after the colon (`claim_fenced:2`). */
export function startFreezingClaimer(freezeBefore: string): Promise<Claimer> {
  return startClaimer(['--import', new URL('freeze-before.ts', import.meta.url).href], {
    FREEZE_BEFORE: freezeBefore,
  })
}

interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly failure?: string
}

async function startClaimer(preload: readonly string[], environment = {}): Promise<Claimer> {
  const child: ChildProcess = fork(claimerFile, {
    execArgv: ['--import', 'tsx', ...preload],
    env: { ...process.env, ...environment },
    serialization: 'advanced',
  })
  const calls = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  let lastId = 0
  const ready = new Promise<unknown>((resolve, reject) => calls.set(0, { resolve, reject }))
  child.on('message', ({ id, result, failure }: Reply) => {
    const call = calls.get(id)
    calls.delete(id)
    if (failure === undefined) call?.resolve(result)
    else call?.reject(new Error(`In the claimer process: ${failure}`))
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  void gone.then(() => {
    for (const { reject } of calls.values()) reject(new Error('The claimer process is gone.'))
  })
  const ask = (command: ClaimerCommand) =>
    new Promise<unknown>((resolve, reject) => {
      lastId += 1
      calls.set(lastId, { resolve, reject })
      child.send({ id: lastId, command })
    })
  const decide = async (wishes: readonly Wish[], timeoutMs: number) =>
    (await ask({ type: 'claim', wishes, timeoutMs })) as (ClaimDecision | null)[]
  await ready
  return {
    open: async (strategy) => void (await ask({ type: 'open', strategy })),
    claim: async (wishes, timeoutMs) => (await decide(wishes, timeoutMs)).map(answerOf),
    decide,
    change: async (verb, claimIds) => (await ask({ type: 'change', verb, claimIds })) as ChangeOutcome[],
    sweep: async () => (await ask({ type: 'sweep' })) as number,
    close: async () => void (await ask({ type: 'close' })),
    thaw: () => void child.kill('SIGCONT'),
    kill: () => {
      child.kill('SIGKILL')
      return gone
    },
  }
}
