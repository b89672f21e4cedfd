import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { ConfigReading } from '../../../server/public/basics.ts'
import { connectionsOfServer } from '../../../server/public/database.ts'
import { nodeRequired } from '../../version.ts'
import { number } from '../../words.ts'
import { error, type Finding, note, ok, warning } from './finding.ts'

export interface MachineFacts {
  /** `v20.20.2`, and what package.json wants: `>=20.20`. */
  readonly node: string
  readonly nodeRequired: string
  readonly processors: number
  /** Files a process may have open; null where that cannot be told. */
  readonly openFilesMax: number | null
  /** Connections that the system lets wait for their server; null where that cannot be told. */
  readonly backlogMax: number | null
  /** Free for this user where the embedded Postgres is or would be; null when another one is used. */
  readonly diskFreeBytes: number | null
}

export async function examineMachine({ config }: ConfigReading, workers: number): Promise<Finding[]> {
  const facts: MachineFacts = {
    node: process.version,
    nodeRequired: nodeRequired(),
    processors: availableParallelism(),
    openFilesMax: readOpenFilesMax(),
    backlogMax: readBacklogMax(),
    diskFreeBytes: config.database.url === null ? await readDiskFree() : null,
  }
  return judgeMachine(facts, { workers, poolSizeMax: config.database.poolSizeMax })
}

export function judgeMachine(
  facts: MachineFacts,
  { workers, poolSizeMax }: { workers: number; poolSizeMax: number },
): Finding[] {
  return [
    judgeNode(facts),
    ...judgeProcessors(facts, workers),
    judgeOpenFiles(facts, poolSizeMax),
    ...judgeBacklog(facts),
    ...judgeDisk(facts),
  ]
}

function judgeNode({ node, nodeRequired }: MachineFacts): Finding {
  return isAtLeast(node, nodeRequired)
    ? ok('node', `Node ${node} is supported.`)
    : error('node', `Node ${node} is too old: ${nodeRequired} is needed.`, 'install the current LTS of Node')
}

/** Compares by major and minor. */
function isAtLeast(version: string, required: string): boolean {
  const [major = 0, minor = 0] = numbersIn(version)
  const [majorMin = 0, minorMin = 0] = numbersIn(required)
  return major > majorMin || (major === majorMin && minor >= minorMin)
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits))
}

function judgeProcessors({ processors }: MachineFacts, workers: number): Finding[] {
  return workers > processors
    ? [
        note(
          'processors',
          `${workers} workers share ${processors} processors: more than that many gain nothing.`,
          `--workers ${processors}`,
        ),
      ]
    : []
}

/** Log, timers, the listening socket and Redis, generously. */
const filesOfOwn = 50
const clientsMin = 100
const clientsWanted = 4_000

function judgeOpenFiles({ openFilesMax }: MachineFacts, poolSizeMax: number): Finding {
  if (openFilesMax === null) return note('open_files', 'The limit of open files cannot be told here.')
  const clients = Math.max(0, openFilesMax - connectionsOfServer(poolSizeMax) - filesOfOwn)
  const told = `A process may have ${number(openFilesMax)} files open, which leaves ${number(clients)} for clients' connections`
  const mend =
    'ulimit -n 65536 before serve; LimitNOFILE=65536 in a systemd unit; ulimits.nofile in docker-compose.yml'
  if (clients < clientsMin) return error('open_files', `${told}.`, mend)
  return clients < clientsWanted
    ? warning('open_files', `${told}: the next one is not accepted.`, mend)
    : ok('open_files', `${told}.`)
}

/** serve asks for a queue of so many; the system cuts it to its own limit without a word. */
const backlogWanted = 4_096

function judgeBacklog({ backlogMax }: MachineFacts): Finding[] {
  if (backlogMax === null) return []
  return backlogMax < backlogWanted
    ? [
        note(
          'backlog',
          `The system lets ${number(backlogMax)} new connections wait, serve asks for ${number(backlogWanted)}: a larger burst is kept waiting for a second or more.`,
          `sysctl -w net.core.somaxconn=${backlogWanted}`,
        ),
      ]
    : [ok('backlog', `${number(backlogMax)} new connections may wait to be accepted.`)]
}

const megabyte = 1024 ** 2
const diskErrorBytes = 100 * megabyte
const diskWarnBytes = 1024 * megabyte

function judgeDisk({ diskFreeBytes }: MachineFacts): Finding[] {
  if (diskFreeBytes === null) return []
  const told = `${number(Math.floor(diskFreeBytes / megabyte))} MB are free for the embedded Postgres`
  if (diskFreeBytes >= diskWarnBytes) return [ok('disk', `${told}.`)]
  const mend = 'make room, or set DATABASE_URL to a Postgres elsewhere'
  return diskFreeBytes < diskErrorBytes
    ? [error('disk', `${told}: it stops when there are none.`, mend)]
    : [warning('disk', `${told}: it stops when there are none.`, mend)]
}

/** Node has raised its own limit to the highest it may have when it started, so this is what a server gets. */
function readOpenFilesMax(): number | null {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readOrEmpty('/proc/self/limits'))?.[1]
  if (limit === undefined) return null
  return limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(limit)
}

function readBacklogMax(): number | null {
  const text = readOrEmpty('/proc/sys/net/core/somaxconn').trim()
  return text === '' ? null : Number(text)
}

async function readDiskFree(): Promise<number | null> {
  return statfs('.').then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  )
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
