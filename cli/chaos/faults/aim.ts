import type { Draw } from '../fault.ts'
import type { ChaosServer, World } from '../world.ts'

/** What some faults are aimed at. */
export interface Aim {
  readonly servers: readonly ChaosServer[]
  readonly target: string
}

/** Of the faults that can be aimed at one server or at all, so many are aimed at all. */
const allShare = 0.3

/** One server, or all of them. */
export function aimAtWires({ servers }: World, draw: Draw): Aim {
  if (draw.next() < allShare) return { servers, target: 'all servers' }
  const server = draw.pick(servers)
  return { servers: [server], target: server.name }
}

export function namesOf(servers: readonly ChaosServer[]): string[] {
  return servers.map(({ name }) => name)
}

/** SIGSTOP is nothing that Windows knows. */
export function whyNotFrozen(): string | null {
  return process.platform === 'win32' ? 'processes cannot be frozen on Windows' : null
}
