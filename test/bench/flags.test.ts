import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFlags } from '../../bench/flags.ts'

const test = suite('bench: flags')
const measures = ['claims', 'sold-out']

test('without flags everything is measured, five times', () => {
  assert.equal(readFlags([], {}, measures), {
    only: null,
    repeats: 5,
    seconds: 5,
    users: 200_000,
    connections: 128,
    isQuick: false,
    isWritten: false,
    databaseUrl: null,
    profileFolder: null,
  })
})

test('--quick is short, unless a flag says otherwise', () => {
  const flags = readFlags(['--quick', '--repeats', '3'], {}, measures)
  assert.equal([flags?.repeats, flags?.seconds, flags?.users], [3, 1, 20_000])
})

test('--only names measures that exist', () => {
  assert.equal(readFlags(['--only', 'claims, sold-out'], {}, measures)?.only, measures)
  assert.throws(() => readFlags(['--only', 'claim'], {}, measures), /no measure "claim"; there are claims/)
})

test('the database is of the flag, else of the environment', () => {
  const environment = { BENCH_DATABASE_URL: 'postgres://environment/x' }
  assert.is(readFlags([], environment, measures)?.databaseUrl, 'postgres://environment/x')
  assert.is(
    readFlags(['--database', 'postgres://flag/x'], environment, measures)?.databaseUrl,
    'postgres://flag/x',
  )
})

test('a number that is none is refused, and so is a flag that does not exist', () => {
  assert.throws(() => readFlags(['--repeats', '0'], {}, measures), /--repeats: got "0"/)
  assert.throws(() => readFlags(['--often'], {}, measures), /often/)
})

test('--help asks for nothing else', () => {
  assert.is(readFlags(['--help'], {}, measures), null)
})

test.run()
