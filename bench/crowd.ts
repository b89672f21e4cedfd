import type { Child } from './child.ts'

/** How many streams are to be open, and to where; none for 0. */
export interface Crowd {
  readonly url: string
  readonly watchers: number
}

/** Resolves when they are open, each with its first frame, and those from before are gone. */
export function gather(child: Child, crowd: Crowd): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopListening = () => {
      child.process.off('message', hear)
      child.process.off('exit', end)
    }
    const hear = ({ type, message }: { type: string; message?: string }) => {
      stopListening()
      if (type === 'gathered') resolve()
      else reject(new Error(`The crowd did not come together: ${message}`))
    }
    const end = () => {
      stopListening()
      reject(new Error(`The crowd's process ended:\n${child.lastWords()}`))
    }
    child.process.on('message', hear)
    child.process.once('exit', end)
    child.process.send(crowd)
  })
}
