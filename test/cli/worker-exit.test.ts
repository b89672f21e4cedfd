import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiledBinary } from '../support/command.ts'
import { testSecret } from '../support/tokens.ts'

const test = suite<{ folder: string }>('cli: the end of a worker')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
})

test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

test('a worker that finds no database ends with exit code 3, and its parent hears why', async ({
  folder,
}) => {
  const parent = join(folder, 'parent.mjs')
  writeFileSync(
    parent,
    `import cluster from 'node:cluster'
     const args = ['serve', '--config', 'none', '--port', '0', '--auth', 'token', '--workers', '2']
     cluster.setupPrimary({ exec: ${JSON.stringify(compiledBinary())}, args, silent: true })
     const told = {}
     const worker = cluster.fork()
     worker.on('message', ({ type, message }) => Object.assign(told, { type, message }))
     worker.on('exit', (exitCode, signal) => process.stdout.write(JSON.stringify({ ...told, exitCode, signal })))`,
  )
  const environment = { DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none', JWT_SECRET: testSecret }
  const child = spawn(process.execPath, [parent], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const { type, message, exitCode, signal } = JSON.parse(output)
  assert.equal([type, exitCode, signal], ['failed', 3, null])
  assert.match(message, 'The database at 127.0.0.1:1/none cannot be reached')
})

test.run()
