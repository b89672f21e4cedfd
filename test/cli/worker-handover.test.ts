/** What becomes of connections while a worker is killed. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { childrenOf, commandLineOf } from '../../server/public/basics.ts'
import { startCommand } from '../support/command.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const test = suite('cli: a worker is killed')

interface Asked {
  readonly socket: Socket
  /** First lines of the answers so far, and how it ended: `closed`. */
  readonly heard: string[]
}

async function ask(port: number): Promise<Asked> {
  const socket = connect(port, '127.0.0.1')
  const heard: string[] = []
  socket.on('data', (chunk) => heard.push(String(chunk).split('\r\n', 1)[0] ?? ''))
  // An error is followed by it.
  socket.on('error', () => {})
  socket.on('close', () => heard.push('closed'))
  await once(socket, 'connect')
  askAgain({ socket })
  return { socket, heard }
}

function askAgain({ socket }: Pick<Asked, 'socket'>): void {
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
}

const good = 'HTTP/1.1 200 OK'

test('a connection that was on its way to it ends with it, and those of the other worker do not', async () => {
  const database = await createTestDatabase()
  const serving = startCommand(['serve', '--auth', 'open', '--port', '0', '--workers', '2'], {
    environment: { DATABASE_URL: database.url },
  })
  const asked: Asked[] = []
  try {
    const { input } = await serving.waitFor(/Listening on \S+/)
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(input)?.[1])
    const workers = childrenOf(serving.child.pid ?? 0).filter((pid) =>
      / serve /.test(commandLineOf(pid) ?? ''),
    )
    assert.is(workers.length, 2)
    const [victim = 0] = workers
    process.kill(victim, 'SIGSTOP')
    for (let n = 0; n < 6; n += 1) asked.push(await ask(port))
    // The frozen one is handed one connection, and no more before it has taken that.
    await until('five are answered', () => asked.filter(({ heard }) => heard.length === 1).length === 5)
    const [waiting] = asked.filter(({ heard }) => heard.length === 0)
    process.kill(victim, 'SIGKILL')
    await until('the sixth hears of the end', () => waiting?.heard[0] === 'closed')
    const others = asked.filter((each) => each !== waiting)
    others.forEach(askAgain)
    await until('the others are answered again', () => others.every(({ heard }) => heard.length === 2))
    for (const { heard } of others) assert.equal(heard, [good, good])
    await serving.waitFor(new RegExp(`Worker ${victim} ended \\(SIGKILL\\); starting another`))
  } finally {
    for (const { socket } of asked) socket.destroy()
    serving.child.kill('SIGKILL')
    await serving.end
    await database.close()
  }
})

test.run()
