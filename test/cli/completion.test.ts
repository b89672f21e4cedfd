/** `coupon completion`: what real shells offer, once they have read its script. bash must be there, the others may. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { completionOf } from '../../cli/commands/completion.ts'
import { type Place, placesOf } from '../../cli/completion/places.ts'
import { type Shell, shells } from '../../cli/completion/shells.ts'
import { buildProgram } from '../../cli/program.ts'
import { createUi } from '../../cli/ui.ts'
import { strategyNames } from '../../server/claims/names.ts'
import { couponSorts } from '../../server/coupons/sort.ts'
import { runCommand } from '../support/command.ts'
import { type CompletingShell, isInstalled, openShell } from '../support/shells.ts'

const test = suite('cli: completion')

const program = buildProgram({ ui: createUi(), signal: new AbortController().signal }, () => {})
const places = placesOf(program)
const root = mkdtempSync(join(tmpdir(), 'coupon-completion-'))
test.after(() => rmSync(root, { recursive: true, force: true }))

async function scriptOf(shell: Shell): Promise<string> {
  let text = ''
  const ui = {
    ...createUi(),
    print: (printed: string) => {
      text = printed
    },
  }
  await completionOf(program)({ arguments: [shell] }, { ui, signal: new AbortController().signal })
  return text
}

async function open(shell: Shell): Promise<CompletingShell> {
  const folder = join(root, shell)
  mkdirSync(folder)
  writeFileSync(join(folder, 'report one.json'), '')
  return openShell(shell, { script: await scriptOf(shell), folder })
}

const names = (place: string) => {
  const { commands } = places.find(({ path }) => path === place)!
  return commands.map(({ name }) => name)
}

/** What is typed, and what is offered, in any order. */
const lines: Readonly<Record<string, readonly string[]>> = {
  'coupon ': names('coupon'),
  'coupon cou': ['coupons'],
  'coupon coupons ': names('coupon coupons'),
  'coupon migrate s': ['status'],
  'coupon serve --st': ['--strategy'],
  'coupon serve --strategy ': strategyNames,
  'coupon serve --strategy at': ['atomic'],
  // The name of a coupon is no command.
  'coupon claims export --coupon serve --sta': ['--state'],
  'coupon serve --port 1 --auth t': ['token'],
  'coupon stress --compare ba': ['batch'],
  'coupon coupons list --sort ': couponSorts,
  'coupon coupons list --sort -na': ['-name'],
  'coupon user role alice ': ['user', 'admin'],
  'coupon user role ': [],
  'coupon completion ': shells,
  'coupon coupons help e': ['edit'],
  'coupon help stre': ['stress'],
  'coupon serve --port ': [],
  'coupon coupons create X --audience e': ['everyone'],
  'coupon --v': ['--version'],
  'coupon verify --js': ['--json'],
}

for (const shell of shells) {
  if (shell !== 'bash' && !isInstalled(shell)) continue
  test(`${shell}: commands, options, their values and files`, async () => {
    const { complete } = await open(shell)
    for (const [line, offered] of Object.entries(lines)) {
      assert.equal(complete(line).sort(), [...offered].sort(), `${shell}: ${line}`)
    }
    const list = complete('coupon stress --compare batch,a').map((word) => word.replace(/^batch,/, ''))
    assert.equal(list, ['atomic'], 'after a comma')
    const withEquals = complete('coupon serve --strategy=lo').map((word) => word.replace(/^--strategy=/, ''))
    assert.equal(withEquals, ['lock'], 'after an equals sign')
    for (const line of [
      'report rep',
      'report x.json rep',
      'stress --html rep',
      'stress --json rep',
      'verify --config rep',
    ]) {
      const files = complete(`coupon ${line}`).map((word) => word.replaceAll('\\', ''))
      assert.equal(files, ['report one.json'], line)
    }
  })
}

test('every command and option of the program is in every script', async () => {
  const scripts = await Promise.all(shells.map(scriptOf))
  const walk = (command: Command): Command[] => [command, ...command.commands.flatMap(walk)]
  for (const command of walk(program)) {
    for (const word of [command.name(), ...command.options.map(({ long }) => long ?? '')])
      for (const script of scripts) assert.ok(script.includes(word), word)
  }
})

test('nothing that a script quotes needs more than its quotes', () => {
  const safe = /^[\w.:,@*+-]+$/
  const wordsOf = ({ commands, options, values, optionalValues, operands }: Place) => [
    ...[...commands, ...options].map(({ name }) => name),
    ...[...values.values(), ...optionalValues.values(), ...operands].flatMap(({ words }) => words),
  ]
  for (const word of places.flatMap(wordsOf)) assert.match(word, safe)
})

test('without a shell it is an error that explains, and nothing on stdout', async () => {
  for (const args of [[], ['tcsh']]) {
    const { exitCode, stdout, stderr } = await runCommand(['completion', ...args])
    assert.equal([exitCode, stdout], [2, ''])
    for (const shell of shells) assert.match(stderr, `coupon completion ${shell}`)
  }
  const { exitCode, stdout, stderr } = await runCommand(['completion', 'bash'])
  assert.equal([exitCode, stderr, stdout], [0, '', `${await scriptOf('bash')}\n`])
})

test.run()
