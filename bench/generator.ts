import type { Child } from './child.ts'
import type { Load, LoadResult } from './generators/load.ts'

/** Has a load sent by the generator's process; one at a time. */
export function sendLoad(generator: Child, load: Load): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const stopListening = () => {
      generator.process.off('message', hear)
      generator.process.off('exit', end)
    }
    const hear = (message: { type: string; result?: LoadResult; message?: string }) => {
      stopListening()
      if (message.result !== undefined) resolve(message.result)
      else reject(new Error(`The generator failed: ${message.message}`))
    }
    const end = () => {
      stopListening()
      reject(new Error(`The generator ended:\n${generator.lastWords()}`))
    }
    generator.process.on('message', hear)
    generator.process.once('exit', end)
    generator.process.send(load)
  })
}
