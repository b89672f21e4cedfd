/** The rules of docs/architecture.md that a program can check, so that the house keeps its shape. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('architecture')
const root = fileURLToPath(new URL('..', import.meta.url))

interface Source {
  /** From the project's folder, with forward slashes. */
  readonly path: string
  /** Without comments, whose words are nobody's code. */
  readonly code: string
  readonly lines: number
  /** Paths of the project's own files that it imports, types included. */
  readonly imports: readonly string[]
  /** The same without those that are erased before it runs. */
  readonly runImports: readonly string[]
  /** What is loaded with it: its own files and packages, without what it asks for later by `import()`. */
  readonly loads: readonly string[]
}

const sources: Source[] = ['bin', 'cli', 'server', 'migrations'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readSource(join(room, name).replaceAll('\\', '/'))),
)

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')
  const imports = importsOf(path, code)
  return {
    path,
    code,
    lines: text.trimEnd().split('\n').length,
    imports: imports.map(({ target }) => target),
    runImports: imports.filter(({ isType }) => !isType).map(({ target }) => target),
    loads: [
      ...imports.filter(({ isType, isLater }) => !isType && !isLater).map(({ target }) => target),
      ...packagesOf(code),
    ],
  }
}

interface Import {
  readonly target: string
  readonly isType: boolean
  readonly isLater: boolean
}

function importsOf(path: string, code: string): Import[] {
  const statement =
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?([^'"]*?from\s*)?['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g
  return [...code.matchAll(statement)].map(([, type, , fixed, dynamic]) => ({
    target: relative(root, join(root, dirname(path), fixed ?? dynamic ?? '')).replaceAll('\\', '/'),
    isType: type !== undefined,
    isLater: dynamic !== undefined,
  }))
}

/** `sequelize` for `import { Op } from 'sequelize'` and for `import x from 'sequelize/lib/x'`. */
function packagesOf(code: string): string[] {
  const statement = /(?:^|\n)import\s+(?!type\s)(?:[^'"]*?from\s*)?['"]((?:@[\w-]+\/)?[a-z][\w-]*)/g
  return [...code.matchAll(statement)].map(([, name = '']) => name)
}

const inRoom = (room: string) => sources.filter(({ path }) => path.startsWith(`${room}/`))

/** Fails with each import of `from` that `isForbidden`. */
function assertNoImport(from: readonly Source[], isForbidden: (target: string) => boolean): void {
  const found = from.flatMap(({ path, imports }) =>
    imports.filter(isForbidden).map((target) => `${path} -> ${target}`),
  )
  assert.equal(found, [])
}

test('the sources are found', () => {
  assert.ok(sources.length > 50)
  const config = sources.find(({ path }) => path === 'server/config.ts')
  assert.ok(config?.imports.includes('server/config/settings.ts'))
})

test('imports name files that exist, with their .ts', () => {
  const known = new Set(sources.map(({ path }) => path))
  assertNoImport(sources, (target) =>
    /\.tsx?$/.test(target) ? !known.has(target) : !target.endsWith('.json'),
  )
})

test('no cycles', () => {
  const imports = new Map(sources.map(({ path, runImports }) => [path, runImports]))
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) assert.unreachable([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (done.has(path)) return
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
})

test('imports run bin -> cli -> server -> migrations, never back', () => {
  assertNoImport(inRoom('cli'), (target) => target.startsWith('bin/'))
  assertNoImport(inRoom('server'), (target) => /^(bin|cli|test)\//.test(target))
  assertNoImport(inRoom('migrations'), (target) => !target.startsWith('migrations/'))
  assertNoImport(inRoom('bin'), (target) => !target.startsWith('cli/'))
})

/** Names without code, so that a command's --help loads no configuration and no database driver. */
const alsoForCli = [
  'server/errors.ts',
  'server/claims/names.ts',
  'server/claims/life.ts',
  'server/coupons/sort.ts',
  'server/coupons/state.ts',
  'server/config/auth-modes.ts',
  'server/users/rules.ts',
]

test('cli knows the server by the parts of its public surface', () => {
  assertNoImport(
    inRoom('cli'),
    (target) =>
      target.startsWith('server/') && !target.startsWith('server/public/') && !alsoForCli.includes(target),
  )
})

test('the public surface is the sum of its parts', () => {
  const whole = sources.find(({ path }) => path === 'server/index.ts')
  assert.equal(
    [...whole!.imports].sort(),
    inRoom('server/public')
      .map(({ path }) => path)
      .sort(),
  )
})

/** The package's own files and packages that are loaded when `path` is. */
function loadedWith(path: string, known = new Set<string>()): Set<string> {
  if (known.has(path)) return known
  known.add(path)
  for (const target of sources.find((each) => each.path === path)?.loads ?? []) loadedWith(target, known)
  return known
}

/** 50 to 250 ms of a processor each. */
const heavy = ['express', 'ioredis', 'joi', 'pg', 'prom-client', 'sequelize', 'umzug', 'undici', 'inquirer']

/** Heavy packages by the file that a command begins with. The rest is loaded when flags and configuration are right. */
const mayLoad: Readonly<Record<string, readonly string[]>> = {
  'bin/coupon.ts': [],
  'cli/commands/migrate-create.ts': [],
  'cli/commands/migrate.ts': ['joi', 'pg', 'umzug'],
  'cli/commands/seed.ts': ['joi', 'pg'],
  'cli/commands/serve.ts': ['joi', 'pg'],
  'cli/commands/verify.ts': ['joi', 'pg'],
  'cli/commands/doctor.ts': ['joi', 'pg'],
  'cli/commands/user.ts': ['joi', 'pg'],
  'cli/commands/token.ts': ['joi', 'pg'],
  'cli/commands/coupons/look.ts': ['joi', 'pg'],
  'cli/commands/coupons/change.ts': ['joi', 'pg'],
  'cli/commands/claims-export.ts': ['joi', 'pg'],
  'cli/commands/completion.ts': [],
  'cli/commands/report.ts': ['joi'],
  'cli/commands/stress.ts': [],
  'cli/commands/stress/story.ts': ['joi', 'pg', 'undici'],
  'cli/commands/chaos.ts': [],
  'cli/commands/chaos/story.ts': ['joi', 'pg', 'undici'],
}

test('a command loads the packages that it uses, and no other', () => {
  assert.ok(loadedWith('server/public/serving.ts').has('express'))
  assert.ok(loadedWith('server/public/models.ts').has('sequelize'))
  for (const [path, packages] of Object.entries(mayLoad)) {
    const loaded = heavy.filter((name) => loadedWith(path).has(name))
    assert.equal(loaded, packages, path)
  }
})

test('cli/stress and cli/chaos import nothing of the server', () => {
  for (const room of ['cli/stress', 'cli/chaos'])
    assertNoImport(inRoom(room), (target) => target.startsWith('server/'))
})

test('http never imports db, redis or a concrete strategy', () => {
  assertNoImport(inRoom('server/http'), (target) => /^server\/(db|redis)\//.test(target))
  // The seams: what a claim is, and what becomes of it.
  assertNoImport(inRoom('server/http'), (target) => /^server\/claims\/(?!(claim|life)\.ts)/.test(target))
})

/** What runs in a browser. */
const page = 'server/dashboard/page/'

test('the page imports nothing of the server, nor the server anything of the page', () => {
  assertNoImport(inRoom('server/dashboard/page'), (target) => !target.startsWith(page))
  const others = sources.filter(({ path }) => !path.startsWith(page))
  assertNoImport(others, (target) => target.startsWith(page))
})

test('the page brings preact and uplot along, and no other package', () => {
  const packages = inRoom('server/dashboard/page').flatMap(({ code }) => packagesOf(code))
  assert.equal([...new Set(packages)].sort(), ['preact', 'uplot'])
})

test('what makes and reads the files of the page knows no other room', () => {
  assertNoImport(
    inRoom('server/dashboard').filter(({ path }) => !path.startsWith(page)),
    (target) => !/^server\/(dashboard\/|errors\.ts)/.test(target),
  )
})

test('the strategies know nothing of http', () => {
  assertNoImport(inRoom('server/claims'), (target) => target.startsWith('server/http/'))
})

test('the composition root alone imports http', () => {
  const others = inRoom('server').filter(({ path }) => !/^server\/(http\/|server\.ts)/.test(path))
  assertNoImport(others, (target) => target.startsWith('server/http/'))
})

test('http knows of what is seen live its seam alone, and of the page what a file of it is', () => {
  assertNoImport(inRoom('server/http'), (target) => /^server\/live\/(?!watch\.ts)/.test(target))
  assertNoImport(inRoom('server/http'), (target) => /^server\/dashboard\/(?!asset\.ts)/.test(target))
})

test('what is seen live knows of claims the seams alone', () => {
  assertNoImport(inRoom('server/live'), (target) => /^server\/claims\/(?!(claim|life)\.ts)/.test(target))
})

test('the seams import nothing', () => {
  for (const path of ['server/claims/claim.ts', 'server/claims/life.ts', 'server/live/watch.ts']) {
    const source = sources.find((each) => each.path === path)
    assert.not.match(source!.code, /^\s*import\b/m, path)
  }
})

test('the batcher knows of no claim and no database: it imports its own parts alone', () => {
  const parts = ['batcher', 'batching', 'batcher-clock', 'entries', 'flights', 'lanes', 'deadlines']
  const own = parts.map((name) => `server/claims/${name}.ts`)
  assertNoImport(
    sources.filter(({ path }) => own.includes(path)),
    (target) => !own.includes(target),
  )
})

/** What holds more for each user, coupon or request, and its limit, which stands in /metrics where it is not a request's own. */
const growing: Readonly<Record<string, string>> = {
  'server/auth/generations.ts': 'limit_…, verified_tokens',
  'server/auth/revocations.ts': 'changed_users',
  'server/claims/batch.ts': 'one entry a claim of a batch',
  'server/claims/claim-rows.ts': 'one entry a coupon of a batch',
  'server/claims/deadlines.ts': 'claims_waiting and claim_batches, changes_waiting and change_batches',
  'server/claims/lanes.ts': 'claim_lanes, change_lanes',
  'server/claims/claim.ts': 'one entry an outcome',
  'server/claims/gate.ts': 'claims_open',
  'server/claims/joined.ts': 'joined_keys, joined_claims',
  'server/claims/sold-out.ts': 'sold_out_users',
  'server/claims/sold-out-coupons.ts': 'sold_out_coupons',
  'server/claims/sold-out-memory.ts': 'sold_out_coupons, sold_out_names',
  'server/config.ts': 'read once',
  'server/config/file.ts': 'read once',
  'server/dashboard/assets.ts': 'one entry a file of the page',
  'server/dashboard/bundle.ts': 'one entry a file of the page',
  'server/db/inspect-schema.ts': 'one entry a migration',
  'server/db/schema.ts': 'one entry a migration',
  'server/db/sockets.ts': 'one entry a connection',
  'server/http/connections.ts': 'connections',
  'server/http/pipelined.ts': 'pipelined_requests',
  'server/http/reads.ts': 'held_connections',
  'server/http/refusals.ts': 'refused_connections',
  'server/live/peers.ts': 'live_processes',
  'server/live/ticks.ts': 'one entry a viewer, for one tick',
  'server/live/view.ts': 'live_coupons; one entry a row of a look',
  'server/live/watchers.ts': 'live_watchers',
  'server/metrics/meters.ts': 'one entry a name in bounded.ts, a counter, a pool',
  'server/metrics/requests.ts': 'request_counters',
}

test('every Map and Set of the server has a limit', () => {
  const found = inRoom('server').filter(
    ({ code, path }) => /new (Map|Set)\b/.test(code) && !/openapi/.test(path),
  )
  assert.equal(
    found.map(({ path }) => path).filter((path) => !Object.hasOwn(growing, path)),
    [],
  )
})

test('the metrics know no other room but the names of outcomes, and http knows of them how to count', () => {
  assertNoImport(
    inRoom('server/metrics'),
    (target) => !target.startsWith('server/metrics/') && target !== 'server/claims/claim.ts',
  )
  assertNoImport(inRoom('server/http'), (target) => target === 'server/metrics/metrics.ts')
})

/** Who else reads the environment, and why that is not configuration. */
const environmentReaders: Readonly<Record<string, string>> = {
  'server/config.ts': 'the configuration',
  'cli/ui.ts': 'NO_COLOR, FORCE_COLOR, CI and TERM belong to the terminal',
  'cli/commands/targets/server-process.ts': 'hands the environment on to the server it starts',
  'cli/run.ts': 'COUPON_DEBUG, which is there before any configuration is read, and when it cannot be read',
  'server/redis/redis-program.ts': 'PATH, to find a redis-server',
}

test('process.env is read by config.ts, and by those listed here with a reason', () => {
  const readers = sources.filter(({ code }) =>
    /process\s*\.\s*env\b|process\[|\benv\b[^\n]*\}\s*=\s*process\b/.test(code),
  )
  assert.equal(
    readers.map(({ path }) => path).filter((path) => !Object.hasOwn(environmentReaders, path)),
    [],
  )
})

test('process.exit is called nowhere', () => {
  assert.equal(
    sources
      .filter(({ code }) => /\bexit\(|process\.abort/.test(code) && /process\.(exit\(|abort)/.test(code))
      .map(({ path }) => path),
    [],
  )
})

test('no file is over 250 lines', () => {
  assert.equal(
    sources.filter(({ lines }) => lines > 250).map(({ path, lines }) => `${path}: ${lines}`),
    [],
  )
})

test('no function is over 60 lines, factories that only hold functions apart', () => {
  const found = sources.flatMap(({ path, code }) => longFunctions(code).map((what) => `${path}: ${what}`))
  assert.equal(found, [])
})

/** Top-level functions, by their first line and the `}` in the first column; `createX` and `openX` are factories. */
function longFunctions(code: string): string[] {
  return [...code.matchAll(/^(?:export )?(?:async )?function (\w+)[\s\S]*?\n\}/gm)]
    .map(([text, name = '']) => ({ name, lines: text.split('\n').length }))
    .filter(({ name, lines }) => lines > 60 && !name.startsWith('create'))
    .map(({ name, lines }) => `${name} has ${lines} lines`)
}

test('no any, no enum, no banner, no work left for later', () => {
  const offenders = sources.filter(({ code, path }) => {
    const text = readFileSync(join(root, path), 'utf8')
    return (
      /(:|<|as)\s*any\b|^\s*(export )?(const )?enum\s/m.test(code) ||
      /\b(TODO|FIXME|XXX)\b|[-=*#]{8,}/.test(text)
    )
  })
  assert.equal(
    offenders.map(({ path }) => path),
    [],
  )
})

test('the folders that gather everything do not exist', () => {
  const banned = /(^|\/)(utils?|helpers?|common|services?|controllers?|managers?)(\/|\.ts$)/
  assert.equal(
    sources.map(({ path }) => path).filter((path) => banned.test(path)),
    [],
  )
})

test.run()
