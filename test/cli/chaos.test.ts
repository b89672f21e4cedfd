/** `coupon chaos` through the real binary; what each fault does and each check catches has tests of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChaosDocument } from '../../cli/chaos/report/document.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { createTestDatabase } from '../support/database.ts'

const test = suite<{ folder: string }>('chaos: binary')
const schema = JSON.parse(
  readFileSync(new URL('../../docs/chaos-report.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
ajvFormats.default(ajv)
const validate = ajv.compile(schema)

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
})

test.after(({ folder }) => rmSync(folder, { recursive: true }))

function documentOf(text: string): ChaosDocument {
  const document = JSON.parse(text) as ChaosDocument
  assert.ok(validate(document), ajv.errorsText(validate.errors))
  return document
}

const short = ['chaos', '--seed', '1', '--rate', '60']

test('breaks what it has started, proves the sale, and leaves nothing', async ({ folder }) => {
  const [json, history] = [join(folder, 'chaos.json'), join(folder, 'history.jsonl')]
  const faults = ['--faults', 'server_kill,answers_lost', '--servers', 'batch,atomic']
  const files = ['--json', json, '--history', history]
  const end = await runCommand([...short, '--minutes', '0.03', ...faults, ...files])
  assert.is(end.exitCode, 0, `${end.stdout}\n${end.stderr}`)
  assert.match(end.stdout, /PASSED: \d+ faults?, 0 violations, 0 lost, 0 hung\.\n$/)
  const document = documentOf(readFileSync(json, 'utf8'))
  assert.is(
    document.command,
    'coupon chaos --minutes 0.03 --seed 1 --servers batch,atomic --faults server_kill,answers_lost --rate 60',
  )
  assert.ok(document.windows.length >= 1)
  assert.ok(document.load.operations > 0)
  const steps = readFileSync(history, 'utf8').trim().split('\n')
  const begun = steps.filter((line) => JSON.parse(line).step === 'begin').length
  assert.is(begun, document.load.operations)
  const [, data = ''] = /its data is in (\S+?)\.\n/.exec(end.stderr) ?? []
  assert.not(existsSync(data), data)
})

test('a Postgres that is given is neither crashed nor frozen, and is left as it was', async () => {
  const database = await createTestDatabase()
  try {
    const end = await runCommand([
      ...[...short, '--minutes', '0.01', '--servers', 'batch', '--json', '--database', database.url],
      ...['--faults', 'sessions_terminated,postgres_crash,postgres_freeze'],
    ])
    assert.is(end.exitCode, 0, end.stderr)
    const { plan, left_out, faults } = documentOf(end.stdout)
    assert.is(plan.database, 'given')
    assert.equal(
      left_out.map(({ fault }) => fault),
      ['postgres_crash', 'postgres_freeze'],
    )
    assert.equal(
      faults.map(({ fault }) => fault),
      ['sessions_terminated'],
    )
    const { rows } = await database.pool.query(
      "SELECT datname FROM pg_database WHERE datname LIKE 'coupon_chaos_%'",
    )
    assert.equal(rows, [])
  } finally {
    await database.close()
  }
})

test('Ctrl-C heals what is in effect, and what was done by then is proved', async () => {
  const running = startCommand([
    ...[...short, '--minutes', '5', '--servers', 'batch', '--faults', 'row_held,sessions_terminated'],
  ])
  await running.waitFor(/back after/)
  running.child.kill('SIGINT')
  const { exitCode, stdout } = await running.end
  assert.match(stdout, /INTERRUPTED: PASSED: \d+ faults?, 0 violations/)
  assert.is(exitCode, 130)
})

test('what cannot be done is told before anything is started', async () => {
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['--minutes', 'long', '--faults', 'flood'], /--minutes: got "long"[\s\S]*--faults: got "flood"/],
    [['--database', 'postgres://db.example.com/shop'], /db\.example\.com.*on this machine/],
    [['--json', '/nowhere/chaos.json'], /--json: \/nowhere\/chaos\.json cannot be written/],
    [
      ['--servers', 'batch', '--faults', 'redis_kill'],
      /--faults: none of these can be injected here \(redis_kill: /,
    ],
  ]
  for (const [flags, words] of wrong) {
    const end = await runCommand(['chaos', ...flags])
    assert.equal([end.exitCode, end.stdout], [2, ''])
    assert.match(end.stderr, words)
    assert.not.match(end.stderr, 'Starting')
  }
})

test.run()
