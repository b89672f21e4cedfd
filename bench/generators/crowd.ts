/** Those who watch, in a process of their own: told an address and a number, it has so many streams open, and says so. */
import { connect, type Socket } from 'node:net'
import type { Crowd } from '../crowd.ts'

const watchers = new Set<Socket>()

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// Ctrl-C reaches the whole group; the bench ends its processes itself.
process.on('SIGINT', () => {})
process.on('message', (crowd: Crowd) => {
  gather(crowd).then(
    () => process.send?.({ type: 'gathered' }),
    (error: unknown) => process.send?.({ type: 'failed', message: String(error) }),
  )
})
process.send?.({ type: 'listening', url: '' })

async function gather({ url, watchers: count }: Crowd): Promise<void> {
  for (const socket of watchers) socket.destroy()
  watchers.clear()
  await Promise.all(Array.from({ length: count }, () => watch(new URL(url))))
}

/** Resolves when the first bytes of its stream are there. What comes is read and thrown away, as cheaply as it can be. */
function watch({ hostname, port, host }: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    watchers.add(socket)
    socket.once('data', (head) => {
      if (head.toString().startsWith('HTTP/1.1 200 ')) resolve()
      else reject(new Error(`A stream was refused: ${head.toString().slice(0, 100)}`))
      socket.resume()
    })
    socket.on('error', reject)
    socket.once('close', () => {
      if (watchers.delete(socket)) reject(new Error('A stream was ended.'))
    })
    socket.write(`GET /api/live HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  })
}
