/** The documentation's commands are run, and print what it says. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiledBinary, runCommand, startCommand } from './support/command.ts'
import { createTestDatabase } from './support/database.ts'
import { testSecret } from './support/tokens.ts'
import { stepsOf, walk, withoutChance } from './support/walk.ts'

const test = suite('docs')
const root = fileURLToPath(new URL('..', import.meta.url))

test('docs/api.md: the walk through a sale prints what the page says', async () => {
  const steps = stepsOf(await readFile(join(root, 'docs', 'api.md'), 'utf8'))
  assert.ok(steps.length > 20, 'the page has its commands')
  const database = await createTestDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'coupon-walk-'))
  const environment = { DATABASE_URL: database.url, JWT_SECRET: testSecret, LOG_LEVEL: 'silent' }
  const server = startCommand(['serve', '--port', '0'], { folder, environment })
  try {
    const [, url] = await server.waitFor(/Listening on (http:\S+)/)
    const seeded = await runCommand(['seed', '--yes'], { folder, environment })
    assert.is(seeded.exitCode, 0, seeded.stderr)
    const here = steps.map((step) => ({
      ...step,
      script: step.script.replace('http://127.0.0.1:9000', url!),
    }))
    const prelude = `npx() { shift; "${process.execPath}" "${compiledBinary()}" "$@"; }`
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', ...environment }
    const printed = await walk(here, { folder, environment: env, prelude })
    for (const [n, step] of steps.entries()) {
      if (step.printed !== null)
        assert.is(withoutChance(printed[n]!), withoutChance(step.printed), step.script)
    }
  } finally {
    server.child.kill('SIGTERM')
    await server.end
    await rm(folder, { recursive: true, force: true })
    await database.close()
  }
})

test.run()
