import { createServer } from 'node:net'
import type { ConfigReading } from '../../../server/public/basics.ts'
import { error, type Finding, note, ok } from './finding.ts'
import { type Holder, holderOf } from './holder.ts'

/** What came of trying to listen: null when it went well. */
export interface PortFacts {
  readonly host: string
  readonly port: number
  readonly code: string | null
  /** Whether a coupon server answers there. */
  readonly isOurs: boolean
  readonly holder: Holder | null
}

/** Listens for a moment where serve would, and looks who does when that cannot be had. */
export async function examinePort({ config, faults }: ConfigReading): Promise<Finding[]> {
  const { host, port } = config.app
  const isUncertain = faults.some(({ key }) => !key.startsWith('env.') || key.startsWith('env.app'))
  if (isUncertain)
    return [note('port', 'Not looked at: the settings have faults, and the port may be among them.')]
  if (port === 0) return [ok('port', 'Any free port is taken.')]
  const code = await tryToListen(host, port)
  const isTaken = code === 'EADDRINUSE'
  const isOurs = isTaken && (await answersAsOurs(host, port))
  return [judgePort({ host, port, code, isOurs, holder: isTaken ? holderOf(port) : null })]
}

export function judgePort({ host, port, code, isOurs, holder }: PortFacts): Finding {
  const where = `${host}:${port}`
  const who = holder === null ? '' : ` (process ${holder.pid}, ${holder.command})`
  if (code === null) return ok('port', `${where} is free.`)
  if (isOurs) return ok('port', `A coupon server listens on ${where}${who}.`)
  if (code === 'EADDRINUSE') {
    const stop = holder === null ? 'stop the other program' : `kill ${holder.pid}`
    return error(
      'port',
      `Another program listens on ${where}${who}.`,
      `${stop}, or take another port with --port`,
    )
  }
  if (code === 'EACCES') {
    return error('port', `This user may not listen on ${where}.`, 'take a port from 1024 on with --port')
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return error(
      'port',
      `${host} is no address of this machine.`,
      'set app.host to 127.0.0.1, 0.0.0.0 or an address that it has',
    )
  }
  return error('port', `Cannot listen on ${where}: ${code}.`, 'take another address with --host and --port')
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? fault.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

/** Its document names itself; whatever else answers is another program. */
async function answersAsOurs(host: string, port: number): Promise<boolean> {
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  try {
    const answer = await fetch(`http://${reachable}:${port}/healthcheck`, {
      signal: AbortSignal.timeout(2_000),
      redirect: 'error',
    })
    return (await answer.text()).includes('"Service is Running."') && answer.headers.has('correlation-id')
  } catch {
    return false
  }
}
