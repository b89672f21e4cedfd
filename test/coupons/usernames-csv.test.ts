/** A list of usernames as it is read: whatever its pieces, within its limits, and no further than it is asked for. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { usernamesLimits, usernamesOfCsv } from '../../server/coupons/usernames-csv.ts'
import { AppError } from '../../server/errors.ts'

const test = suite('coupons: usernames of CSV')

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

/** The names, or the code of the error. */
async function read(chunks: AsyncIterable<Uint8Array>, limits = usernamesLimits): Promise<string[] | string> {
  const names: string[] = []
  try {
    for await (const name of usernamesOfCsv(chunks, limits)) names.push(name)
    return names
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

const bytes = Buffer.from('\uFEFFid,username\r\n1,"Zoë, 😀"\r\n\r\n2,ben\r\n')

for (const size of [1, 2, 3, 7, 1000]) {
  test(`the same in pieces of ${size} bytes`, async () => {
    assert.equal(await read(piecesOf(bytes, size)), ['Zoë, 😀', 'ben'])
  })
}

test('a character that takes two units is whole, wherever the text is cut to be parsed', async () => {
  for (let before = 4090; before < 4100; before += 1) {
    const list = `${'x\n'.repeat(before / 2)}${'y'.repeat(before % 2)}😀\nend\n`
    const names = await read(piecesOf(Buffer.from(list), 1_000_000))
    assert.equal(names.slice(-2), [`${'y'.repeat(before % 2)}😀`, 'end'], `after ${before} characters`)
  }
})

/** None of these pieces ends a record, and none has a cell that is long. */
const unended: Readonly<Record<string, string>> = {
  commas: ','.repeat(10_000),
  blanks: ' '.repeat(10_000),
  'commas and line ends in quotes': `${','.repeat(5_000)}"\n"`.repeat(2),
}
for (const [what, piece] of Object.entries(unended)) {
  test(`a record without an end is not read to its end: ${what}`, async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('username,x\nanna,1\n')
      for (; given < 1000; given += 1) yield Buffer.from(piece)
    }
    assert.is(await read(endless()), 'invalid')
    assert.ok(given < 50, `${given} pieces of 10 kB`)
  })
}

test('empty lines are no record, however many', async () => {
  assert.equal(await read(piecesOf(Buffer.from(`anna${'\r\n'.repeat(200_000)}ben`), 65_536)), ['anna', 'ben'])
})

test('as many names as the limit are taken, and one more is too large', async () => {
  const limits = { bytes: 1000, names: 3 }
  assert.equal(await read(piecesOf(Buffer.from('username\na\nb\n\nc\n'), 4), limits), ['a', 'b', 'c'])
  assert.is(await read(piecesOf(Buffer.from('username\na\nb\n\nc\na\n'), 4), limits), 'too_large')
})

test('as many bytes as the limit are taken, and one more is too large', async () => {
  const limits = { bytes: 4, names: 100 }
  assert.equal(await read(piecesOf(Buffer.from('a\nb\n'), 3), limits), ['a', 'b'])
  assert.is(await read(piecesOf(Buffer.from('a\nb\n\n'), 3), limits), 'too_large')
})

test('a character that is cut off at the end is no UTF-8', async () => {
  assert.is(await read(piecesOf(Buffer.from('a\nZoë').subarray(0, -1), 100)), 'invalid')
})

test('a fault of the source is passed on as it is', async () => {
  const fault = new Error('the line is cut')
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a\nb\n')
    throw fault
  }
  assert.is(await read(broken()).catch((error: unknown) => error), fault)
})

test('who stops in the middle stops the source, which was not read to its end', async () => {
  let given = 0
  let isClosed = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        given += 1
        yield Buffer.from('name\n'.repeat(1000))
      }
    } finally {
      isClosed = true
    }
  }
  let seen = 0
  for await (const _ of usernamesOfCsv(endless())) {
    seen += 1
    if (seen === 5000) break
  }
  for (let turn = 0; turn < 10 && !isClosed; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(isClosed)
  assert.ok(given < 50, `${given} pieces for 5 of them`)
})

test.run()
