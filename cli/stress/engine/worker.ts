/** A thread that sends a part of a load: it opens its connections, waits to be told, and tells what came of it. */
import { parentPort, workerData } from 'node:worker_threads'
import { createRecords } from '../records.ts'
import { passBarrier } from './barrier.ts'
import { openSender } from './sender.ts'
import type { Order, WorkerMessage, WorkerPart } from './threads.ts'

const { options, total, buffer, barrier } = workerData as WorkerPart
const interruption = new AbortController()
const running = new Promise<void>((resolve) => {
  parentPort?.on('message', (order: Order) => {
    if (order === 'run') resolve()
    else interruption.abort()
  })
})

try {
  const records = createRecords(total, buffer)
  const sender = await openSender({ ...options, records }, interruption.signal)
  say({ type: 'open' })
  await running
  const result = await sender.run(passBarrier(barrier, options.share.threads))
  say({ type: 'done', ...result })
} catch (error) {
  say({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
}

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message)
}
