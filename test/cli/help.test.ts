/** `coupon help`: the commands' help and the pages about topics, held as they were read last. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exitCodes } from '../../cli/command.ts'
import { topics } from '../../cli/program/topics/index.ts'
import { closest } from '../../cli/words.ts'
import { strategyNames } from '../../server/claims/names.ts'
import { environmentVariables, settings } from '../../server/config/settings.ts'
import { runCommand } from '../support/command.ts'
import { assertSnapshot } from '../support/snapshot.ts'

const test = suite('cli: help')

const pageOf = async (name: string) => (await topics.find((topic) => topic.name === name)!.load())()

for (const { name, load } of topics) {
  test(`the page "${name}", in 80 columns`, async () => {
    const text = (await load())()
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line)
    assert.is(text, text.trim())
    assertSnapshot(`help-${name}`, text)
  })
}

test('the pages name every setting, variable, strategy and exit code', async () => {
  for (const path of Object.keys(settings)) assert.match(await pageOf('configuration'), `\n  ${path}`)
  for (const name of Object.keys(environmentVariables)) assert.match(await pageOf('environment'), name)
  for (const name of strategyNames) assert.match(await pageOf('strategies'), `\n  ${name} `)
  for (const code of Object.values(exitCodes)) assert.match(await pageOf('exit-codes'), `  ${code}  `)
})

test('help: of the program with its topics, of commands of any depth, of a topic', async () => {
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await runCommand(args)
    assert.equal([exitCode, stderr], [0, ''], args.join(' '))
    return stdout
  }
  const [whole, flag, list, flagOfList, page] = await Promise.all([
    run('help'),
    run('--help'),
    run('help', 'coupons', 'list'),
    run('coupons', 'list', '--help'),
    run('help', 'holds'),
  ])
  assert.is(whole, flag)
  for (const { name, summary } of topics) assert.match(whole!, new RegExp(`\n  ${name} +${summary}`))
  assert.is(list, flagOfList)
  assert.is(page, `${await pageOf('holds')}\n`)
})

test('a word that is neither: exit code 2, what was meant, and what there is', async () => {
  const cases = [
    ['confguration', /Did you mean configuration\?/],
    ['exit', /Did you mean exit-codes\?/],
    ['stres', /Did you mean stress\?/],
    ['weather forecast', /no topic "weather forecast"\.\nTopics: /],
  ] as const
  for (const [asked, told] of cases) {
    const { exitCode, stdout, stderr } = await runCommand(['help', ...asked.split(' ')])
    assert.equal([exitCode, stdout], [2, ''])
    assert.match(stderr, told)
  }
})

test('the closest word', () => {
  const words = ['batch', 'atomic', 'lock']
  assert.equal(
    ['btach', 'LOCK'.toLowerCase(), 'loc', 'atomik', 'optimistic', ''].map((asked) => closest(asked, words)),
    ['batch', 'lock', 'lock', 'atomic', null, null],
  )
})

test.run()
