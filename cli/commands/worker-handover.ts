import type { Worker } from 'node:cluster'

/** The parent's end of a connection that is on its way to a worker. */
interface Handle {
  close(): void
}

/** What Node sends along with it, and what the worker answers; `act`, `seq` and `ack` are Node's own, and documented nowhere. */
interface ClusterMessage {
  readonly act?: string
  readonly seq?: number
  readonly ack?: number
}

/**
 * Closes connections that a worker was sent and did not live to take. The parent accepts them, sends one at a time to each worker, and Node keeps
 * its own end until the worker says that it has it. A worker that is killed says nothing: so its client was connected to nobody, and waited for as long as
 * it cared to. If Node did this in another way, nothing would be closed here.
 */
export function createHandover() {
  const underWay = new Map<Worker, { readonly handle: Handle; readonly seq: number | undefined }>()

  return {
    watch: (worker: Worker) => {
      const { process } = worker
      const send = process.send.bind(process) as (...args: unknown[]) => boolean
      process.send = (...args: readonly unknown[]) => {
        const [{ act, seq }, handle] = args as [ClusterMessage, Handle | undefined]
        if (act === 'newconn' && handle !== undefined) underWay.set(worker, { handle, seq })
        return send(...args)
      }
      // Before Node hears it, which sends the next connection at once.
      process.prependListener('internalMessage', ({ ack }: ClusterMessage) => {
        if (ack !== undefined && ack === underWay.get(worker)?.seq) underWay.delete(worker)
      })
    },
    /** The worker has ended. */
    leave: (worker: Worker) => {
      underWay.get(worker)?.handle.close()
      underWay.delete(worker)
    },
  }
}
