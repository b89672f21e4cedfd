/** What `coupon doctor` makes of facts that no test machine has: other clocks, limits, disks, versions. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeClock } from '../../cli/commands/doctor/clock.ts'
import { judgeConfiguration, judgeFileMode } from '../../cli/commands/doctor/configuration.ts'
import { judgeConnections } from '../../cli/commands/doctor/connections.ts'
import { judgeCoupons } from '../../cli/commands/doctor/coupons.ts'
import { judgeEmbedded } from '../../cli/commands/doctor/database.ts'
import { judgeDurability } from '../../cli/commands/doctor/durability.ts'
import { countsOf, type Finding, worstOf } from '../../cli/commands/doctor/finding.ts'
import { judgeMachine, type MachineFacts } from '../../cli/commands/doctor/machine.ts'
import { judgePort } from '../../cli/commands/doctor/port.ts'
import { groupText, verdictText } from '../../cli/commands/doctor/print.ts'
import { judgeRedis } from '../../cli/commands/doctor/redis.ts'
import { judgeFiles } from '../../cli/commands/doctor/secret-files.ts'
import { createUi } from '../../cli/ui.ts'
import { readConfig } from '../../server/config.ts'
import { auditSums } from '../../server/db/audit.ts'
import type { DatabaseFacts } from '../../server/db/inspect.ts'
import { namesMade } from '../../server/db/inspect-schema.ts'
import { createTestDatabase } from '../support/database.ts'
import { testSecret } from '../support/tokens.ts'

const test = suite('cli: what doctor judges')

const of = (findings: readonly Finding[], check: string) =>
  findings.find((each) => each.check === check)?.severity

test('clock: what the way of the answer leaves uncertain is not held against it', () => {
  for (const [aheadMs, roundTripMs, severity] of [
    [400, 1, 'ok'],
    [-1_500, 1, 'warning'],
    [1_500, 1_200, 'ok'],
    [59_000, 1, 'warning'],
    [-90_000, 10, 'error'],
  ] as const)
    assert.is(judgeClock({ aheadMs, roundTripMs }).severity, severity, `${aheadMs} ms`)
  assert.match(judgeClock({ aheadMs: -90_000, roundTripMs: 1 }).found, '90 s behind')
})

const environmentOf = (environment: Record<string, string>) =>
  judgeConfiguration(readConfig({ flags: { config: 'none' }, environment, serving: { allowsOpen: true } }), 1)

test('configuration: the secret, open mode, production', () => {
  const far = 'postgres://shop@db.example:5432/shop'
  assert.is(of(environmentOf({}), 'jwt_secret'), 'ok')
  assert.is(of(environmentOf({ DATABASE_URL: far }), 'jwt_secret'), 'warning')
  assert.is(of(environmentOf({ DATABASE_URL: far, JWT_SECRET: testSecret }), 'jwt_secret'), 'ok')
  assert.is(of(environmentOf({ JWT_SECRET: 'short' }), 'settings'), 'error')
  assert.is(of(environmentOf({ COUPON_AUTH_MODE: 'open' }), 'auth'), 'note')
  assert.is(of(environmentOf({ COUPON_AUTH_MODE: 'open', HOST: '0.0.0.0' }), 'auth'), 'warning')
  const production = readConfig({ flags: { config: 'none' }, environment: { JWT_SECRET: testSecret } })
  const config = { ...production.config, app: { ...production.config.app, env: 'production' } }
  assert.is(of(judgeConfiguration({ ...production, config }, 1), 'production'), 'warning')
  assert.is(of(judgeConfiguration(production, 3), 'rate_limit'), 'note')
})

test('files: who may read them', () => {
  const held = { ...readConfig({ environment: {} }), origins: new Map([['jwt_secret', 'env.json']]) }
  assert.is(of(judgeFileMode(held, 'env.json', 0o640), 'file_mode'), 'warning')
  assert.is(of(judgeFileMode(held, 'env.json', 0o600), 'file_mode'), 'ok')
  assert.equal(judgeFileMode({ ...held, origins: new Map() }, 'env.json', 0o644), [])
  const modes = (folder: number, secret: number) =>
    judgeFiles([
      { path: '.coupon', mode: folder, isFolder: true },
      { path: '.coupon/jwt_secret', mode: secret, isFolder: false },
    ]).map(({ mend }) => mend)
  assert.equal(modes(0o711, 0o600), [undefined], 'the user nobody may pass through')
  assert.equal(modes(0o755, 0o644), ['chmod 700 .coupon', 'chmod 600 .coupon/jwt_secret'])
})

test('connections: of all processes, and of one more while they are replaced', () => {
  const judge = (max: number, workers: number, others = 0) =>
    judgeConnections({ max, limitedBy: 'max_connections', others }, 10, workers).severity
  assert.equal(
    [judge(97, 1), judge(20, 1), judge(97, 4), judge(97, 3, 20), judge(97, 5)],
    ['ok', 'error', 'warning', 'warning', 'error'],
  )
})

const facts: DatabaseFacts = {
  version: '18.4',
  versionNumber: 180_004,
  role: 'Shop "1"',
  database: 'shop',
  isInRecovery: false,
  settings: {},
  isolationDefault: 'read committed',
  connections: { max: 97, limitedBy: 'max_connections', others: 0 },
}

test('durability: versions, and names that need quotes', () => {
  const ofVersion = (version: string, versionNumber: number) =>
    of(judgeDurability({ ...facts, version, versionNumber }), 'version')
  assert.equal(
    [ofVersion('14.1', 140_001), ofVersion('15.0', 150_000), ofVersion('19.0', 190_000)],
    ['error', 'ok', 'note'],
  )
  const settings = { synchronous_commit: { value: 'off', source: 'database user' } }
  const found = judgeDurability({ ...facts, settings }).find(({ check }) => check === 'synchronous_commit')
  assert.is(found?.mend, 'ALTER ROLE "Shop ""1""" IN DATABASE shop RESET synchronous_commit;')
})

const machine: MachineFacts = {
  node: 'v20.20.2',
  nodeRequired: '>=20.20',
  processors: 2,
  openFilesMax: 65_536,
  backlogMax: 4096,
  diskFreeBytes: 20 * 1024 ** 3,
}

test('machine: Node, open files, backlog, disk, processors', () => {
  const judge = (changed: Partial<MachineFacts>, check: string, workers = 1) =>
    of(judgeMachine({ ...machine, ...changed }, { workers, poolSizeMax: 10 }), check)
  assert.is(worstOf(judgeMachine(machine, { workers: 2, poolSizeMax: 10 })), 'ok')
  assert.equal(
    ['v18.20.0', 'v20.19.9', 'v20.20.0', 'v24.1.0'].map((node) => judge({ node }, 'node')),
    ['error', 'error', 'ok', 'ok'],
  )
  assert.equal(
    [150, 1024, 65_536, null].map((openFilesMax) => judge({ openFilesMax }, 'open_files')),
    ['error', 'warning', 'ok', 'note'],
  )
  assert.equal(
    [128, 4096, null].map((backlogMax) => judge({ backlogMax }, 'backlog')),
    ['note', 'ok', undefined],
  )
  assert.equal(
    [1e6, 5e8, 5e10, null].map((diskFreeBytes) => judge({ diskFreeBytes }, 'disk')),
    ['error', 'warning', 'ok', undefined],
  )
  assert.is(judge({}, 'processors', 3), 'note')
})

test('port: why it cannot be had', () => {
  const judge = (code: string | null, isOurs = false) =>
    judgePort({ host: '127.0.0.1', port: 80, code, isOurs, holder: null })
  assert.equal(
    [
      judge(null),
      judge('EADDRINUSE', true),
      judge('EADDRINUSE'),
      judge('EACCES'),
      judge('EADDRNOTAVAIL'),
    ].map(({ severity }) => severity),
    ['ok', 'ok', 'error', 'error', 'error'],
  )
  assert.match(judge('EACCES').mend ?? '', '1024')
  const holder = { pid: 7, command: 'nginx' }
  const taken = judgePort({ host: '::', port: 80, code: 'EADDRINUSE', isOurs: false, holder })
  assert.match(`${taken.found} ${taken.mend}`, /process 7, nginx.* kill 7/)
})

test('Redis: without the lock strategy, nothing of it keeps a sale from being right', () => {
  const redis = {
    name: 'Redis',
    version: '8.0.0',
    roundTripMs: 0.3,
    refusal: null,
    memory: null,
    isAppending: true,
  }
  const judge = (changed: object, isLock: boolean) =>
    judgeRedis({ ...redis, ...changed }, { address: 'cache:6379', isLock })
  assert.is(of(judge({ refusal: 'READONLY' }, false), 'writable'), 'warning')
  assert.is(of(judge({ refusal: 'READONLY' }, true), 'writable'), 'error')
  const evicting = { memory: { limitBytes: 1e8, policy: 'volatile-ttl', evicted: 0 } }
  assert.is(of(judge(evicting, false), 'memory'), 'note')
  assert.is(of(judge({ memory: { ...evicting.memory, evicted: 3 } }, false), 'memory'), 'warning')
  assert.is(of(judge({ memory: { ...evicting.memory, limitBytes: 0 } }, true), 'memory'), 'ok')
  assert.is(of(judge({}, true), 'persistence'), 'note')
})

test('no database: none yet, one at rest, one that starts, none that could be made', () => {
  assert.is(judgeEmbedded({ state: 'absent', fault: null }).severity, 'note')
  assert.is(judgeEmbedded({ state: 'stopped', fault: null }).severity, 'note')
  assert.is(judgeEmbedded({ state: 'changing', pid: 7 }).severity, 'note')
  assert.is(judgeEmbedded({ state: 'absent', fault: 'There is none for this platform.' }).severity, 'error')
})

test('sums: five coupons are named, the others counted', () => {
  const audits = Array.from({ length: 7 }, (_, n) =>
    auditSums({ name: `C${n}`, amount: 1, remaining_amount: 0, claims: 2, claimants: 1 }),
  )
  assert.match(
    judgeCoupons(audits).found,
    /^The sums of C0 \(not_oversold, .*C4 \(.*\) and 2 more do not agree\.$/,
  )
})

test('the parts of the schema, read out of the migrations, are those that a migrated database has', async () => {
  const database = await createTestDatabase()
  const names = async (sql: string) =>
    (await database.pool.query<{ name: string }>(sql)).rows.map(({ name }) => name)
  try {
    const here = "IN (SELECT oid FROM pg_namespace WHERE nspname = 'public')"
    assert.equal(
      namesMade('TABLE').sort(),
      (
        await names(
          `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace ${here} AND relname <> 'schema_migrations'`,
        )
      ).sort(),
    )
    assert.equal(
      namesMade('FUNCTION').sort(),
      (await names(`SELECT DISTINCT proname AS name FROM pg_proc WHERE pronamespace ${here}`)).sort(),
    )
    assert.equal(
      namesMade('TRIGGER').sort(),
      (await names('SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal')).sort(),
    )
  } finally {
    await database.close()
  }
})

test('the text: a finding in 80 columns with what mends it, and the sum of them', () => {
  const { colour } = createUi({ env: { FORCE_COLOR: '0' } })
  const findings: Finding[] = [
    {
      check: 'fsync',
      severity: 'error',
      found: `It is off. ${'word '.repeat(20)}`.trim(),
      mend: 'ALTER SYSTEM SET fsync = on;',
    },
    { check: 'version', severity: 'ok', found: 'Supported.' },
  ]
  const text = groupText({ name: 'Database', findings }, colour)
  assert.match(text, /^Database\n {2}error {4}fsync {15}It is off\./)
  assert.match(text, /\n {31}-> ALTER SYSTEM SET fsync = on;\n {2}ok {7}version {13}Supported\.$/)
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line)
  assert.is(verdictText(findings, colour), '2 checks: 1 error.')
  assert.is(verdictText([findings[1]!], colour), '1 check: nothing to mend.')
  assert.equal(countsOf(findings), { ok: 1, note: 0, warning: 0, error: 1 })
})

test.run()
