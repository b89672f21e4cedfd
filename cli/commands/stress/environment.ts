import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os'
import type { StressEnvironment } from '../../stress/report/document.ts'
import type { Target } from '../targets/target.ts'

/** The machine that sends, and what is known of the one that answers. */
export function environmentOf({ postgres, redis }: Pick<Target, 'postgres' | 'redis'>): StressEnvironment {
  return {
    node: process.version,
    os: `${type()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? null,
    cpus: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    postgres,
    redis,
  }
}
