/** A generator in a process of its own: it is handed loads over its channel, one at a time, and answers each. */
import { sendByAutocannon } from './autocannon.ts'
import { sendByDriver, sendByPacer } from './driver.ts'
import { sendByFlood, sendByNewcomers } from './flood.ts'
import type { Load, LoadResult, Measured, Tool } from './load.ts'
import { sendByStorm } from './storm.ts'

const senders: Readonly<Record<Tool, (load: Load) => Promise<Measured>>> = {
  autocannon: sendByAutocannon,
  driver: sendByDriver,
  pacer: sendByPacer,
  storm: sendByStorm,
  flood: sendByFlood,
  newcomers: sendByNewcomers,
}

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// Ctrl-C reaches the whole group; the bench ends its processes itself.
process.on('SIGINT', () => {})
process.on('message', (load: Load) => {
  run(load).then(
    (result) => process.send?.({ type: 'sent', result }),
    (error: unknown) => process.send?.({ type: 'failed', message: String(error) }),
  )
})
process.send?.({ type: 'listening', url: '' })

async function run(load: Load): Promise<LoadResult> {
  const { cpuUs, ...measured } = await senders[load.tool](load)
  return { ...measured, cpuShare: cpuUs / 1000 / measured.durationMs }
}
