import { resolve } from 'node:path'
import type { StressFlags } from '../plan.ts'
import { type PlanReader, quote } from './reader.ts'

/** Each form of the report has a file of its own. */
export function checkFiles({ json, csv, html }: StressFlags, read: PlanReader): void {
  const taken = new Map<string, string>()
  for (const [flag, path] of [
    ['--json', json] as const,
    ['--csv', csv] as const,
    ['--html', html] as const,
  ]) {
    if (typeof path !== 'string') continue
    const other = taken.get(resolve(path))
    if (path === '') read.fault(flag, 'got "", wants the name of a file')
    else if (other !== undefined)
      read.fault(flag, `got ${quote(path)}, which ${other} writes already; wants another file`)
    taken.set(resolve(path), flag)
  }
}
