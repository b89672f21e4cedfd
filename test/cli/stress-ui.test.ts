import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createUi, type UiStreams } from '../../cli/ui.ts'

const test = suite('stress: ui')

/** Streams that remember; `isTTY` makes them pass for a terminal of 80 columns. */
function open(options: { isTTY?: boolean; env?: UiStreams['env'] } = {}) {
  const { isTTY = false, env = {} } = options
  const output = () => Object.assign(new PassThrough(), { isTTY, columns: 80 })
  const [stdout, stderr] = [output(), output()]
  const ui = createUi({ stdin: { isTTY }, stdout, stderr, env })
  const read = (stream: PassThrough) => String(stream.read() ?? '')
  return { ui, stdout: () => read(stdout), stderr: () => read(stderr) }
}

test('results go to stdout, notes and progress to stderr', () => {
  const { ui, stdout, stderr } = open()
  ui.print('result')
  ui.note('note')
  const progress = ui.progress([{ label: 'requests', total: 1000 }])
  progress.update([{ value: 1000, note: '5,000/s' }])
  progress.stop()
  assert.is(stdout(), 'result\n')
  assert.is(stderr(), 'note\nrequests 1,000/1,000 5,000/s\n')
})

test('plain lines: at most one a second, the last state at the end, nothing after it', () => {
  const { ui, stderr } = open({ isTTY: true, env: { TERM: 'dumb' } })
  const progress = ui.progress([
    { label: 'requests', total: 9 },
    { label: 'claimed', total: 3 },
  ])
  for (let value = 0; value <= 9; value++) {
    progress.update([
      { value, note: '' },
      { value: 3, note: 'p50 1 ms' },
    ])
  }
  progress.stop()
  progress.stop()
  progress.update([{ value: 1, note: '' }])
  assert.is(stderr(), 'requests 9/9; claimed 3/3 p50 1 ms\n')
})

test('a terminal gets bars that end in the last state', () => {
  const { ui, stderr } = open({ isTTY: true, env: { TERM: 'xterm' } })
  const progress = ui.progress([{ label: 'requests', total: 10 }])
  progress.update([{ value: 10, note: '7/s' }])
  ui.note('above')
  progress.stop()
  const written = stderr()
  assert.match(written, 'above')
  assert.match(written, '█'.repeat(20))
  assert.match(written, '10/10  7/s')
})

test('a note that is wider than the terminal goes on in the next line: above bars a terminal does not wrap', () => {
  const { ui, stderr } = open({ isTTY: true, env: { TERM: 'xterm' } })
  const progress = ui.progress([{ label: 'chaos', total: 10 }])
  const words = 'for 0.0 s, back after 1,431 ms'
  ui.note(`  12.3 s  sessions_terminated    100 % of the sessions of all the servers there are: ${words}`)
  progress.stop()
  const lines = stripVTControlCharacters(stderr()).split('\n')
  const first = lines.findIndex((line) => line.includes('12.3 s'))
  assert.match(lines[first]!, /^ {2}12\.3 s {2}sessions_terminated {4}100 %/)
  assert.ok(lines[first]!.trimEnd().length <= 80, lines[first])
  assert.match(lines[first + 1]!, /^ {4}\S/)
  assert.ok(`${lines[first]!.trimEnd()} ${lines[first + 1]!.trim()}`.endsWith(words))
})

test('colours: on a terminal only, unless the environment decides', () => {
  const level = (isTTY: boolean, env: UiStreams['env']) => open({ isTTY, env }).ui.colour.level
  assert.is(level(true, {}), 1)
  assert.is(level(false, {}), 0)
  assert.is(level(true, { NO_COLOR: '1' }), 0)
  assert.is(level(true, { NO_COLOR: '' }), 1)
  assert.is(level(true, { TERM: 'dumb' }), 0)
  assert.is(level(false, { FORCE_COLOR: '1' }), 1)
  assert.is(level(true, { FORCE_COLOR: '0' }), 0)
})

test('a person can be asked on a terminal that is no CI’s', () => {
  assert.is(open({ isTTY: true }).ui.isInteractive, true)
  assert.is(open({ isTTY: true, env: { CI: 'true' } }).ui.isInteractive, false)
  assert.is(open({ isTTY: false }).ui.isInteractive, false)
})

test.run()
