import { pipeline, Readable } from 'node:stream'
import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises'
import { CsvError, type Info, type Options, parse } from 'csv-parse'
import { AppError } from '../errors.ts'

export interface UsernamesLimits {
  readonly bytes: number
  /** Rows, so that a name that comes twice counts twice. */
  readonly names: number
}

export const usernamesLimits: UsernamesLimits = { bytes: 64 * 1024 * 1024, names: 1_000_000 }

/** Characters, as of the column. */
const nameLengthMax = 100

/** A record may not be longer: without a limit, a quote that is never closed would gather the whole file in memory. */
const recordBytesMax = 64 * 1024

/**
 * The parser's own limit counts what cells hold, and not the commas and blanks around them: 64 MB of commas would become one
 * record of 67 million cells, 0.7 GB. So characters that end no record are counted as well. What is given to the parser waits
 * there while records are stored, 40,000 characters at most, and is none of the record's: hence twice as many.
 */
const unendedMax = 2 * recordBytesMax

/**
 * Characters that are parsed in one go, which takes 2 ms: 5 microseconds a name, most of it for its line's number. Claims
 * wait for no more than that.
 */
const sliceLength = 4096

const headerName = 'username'

/**
 * The usernames of a CSV file in UTF-8, read as it comes in: one column, with or without the header `username`, or
 * several with a header line that has it. Throws `AppError`: `invalid` names the line at fault, `too_large` is over
 * `usernamesLimits`; what reading `chunks` throws is passed on.
 */
export async function* usernamesOfCsv(
  chunks: AsyncIterable<Uint8Array>,
  limits: UsernamesLimits = usernamesLimits,
): AsyncGenerator<string> {
  const parser = parse(parserOptions)
  // One piece is made ready at a time, or the limit of a record would count many that the parser has not seen.
  const source = Readable.from(decoded(chunks, limits, parser.info), { highWaterMark: 1 })
  // Who stops reading in the middle, or fails, closes both; the error reaches the loop below.
  const records: AsyncIterable<CsvRecord> = pipeline(source, parser, () => {})
  let column: number | undefined
  let count = 0
  try {
    for await (const { cells, line } of records) {
      if (column === undefined) {
        const header = headerOf(cells, line)
        column = header ?? 0
        if (header !== null) continue
      }
      count += 1
      if (count > limits.names) throw tooLarge(`${limits.names} usernames`)
      yield usernameOf(cells[column] ?? '', line)
    }
  } catch (error) {
    throw error instanceof CsvError ? faultOfParser(error) : error
  }
}

interface CsvRecord {
  readonly cells: readonly string[]
  readonly line: number
}

const parserOptions: Options = {
  trim: true,
  skip_empty_lines: true,
  max_record_size: recordBytesMax,
  on_record: (cells: string[], { lines }) => ({ cells, line: lines }) as unknown as string[],
}

/** Text without its byte order mark, in slices; `parsed` is how far the parser has come with those before. */
async function* decoded(
  chunks: AsyncIterable<Uint8Array>,
  limits: UsernamesLimits,
  parsed: Readonly<Info>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const assertEnds = recordLimit(parsed)
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > limits.bytes) throw tooLarge(`${limits.bytes / 1024 / 1024} MB`)
    for (const slice of slicesOf(decodeOrFail(() => decoder.decode(chunk, { stream: true })))) {
      assertEnds(slice)
      yield slice
      await turnOfTheEventLoop()
    }
  }
  const rest = decodeOrFail(() => decoder.decode())
  if (rest !== '') yield rest
}

/** A character of two units stays whole: the parser makes bytes of each slice, and half of one has none. */
function* slicesOf(text: string): Generator<string> {
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = from + sliceLength
    if ((text.codePointAt(to - 1) ?? 0) > 0xffff) to += 1
    yield text.slice(from, to)
  }
}

/** Throws when more is given than a record may have, and none has ended. */
function recordLimit(parsed: Readonly<Info>): (given: string) => void {
  let ended = 0
  let characters = 0
  return (given) => {
    const nowEnded = parsed.records + parsed.empty_lines
    if (nowEnded !== ended) characters = 0
    ended = nowEnded
    characters += given.length
    if (characters > unendedMax) throw endlessRecord(parsed.lines)
  }
}

function decodeOrFail(decode: () => string): string {
  try {
    return decode()
  } catch {
    throw new AppError('invalid', 'The list is not CSV in UTF-8.')
  }
}

/** The position of the column of names; null when the first line is a name already. */
function headerOf(cells: readonly string[], line: number): number | null {
  const position = cells.findIndex((cell) => cell.toLowerCase() === headerName)
  if (position >= 0) return position
  if (cells.length === 1) return null
  throw lineFault(line, `must be a header with a column "${headerName}", since there are several columns`)
}

function usernameOf(cell: string, line: number): string {
  if (cell === '') throw lineFault(line, 'must hold a username')
  if (cell.includes('\0')) throw lineFault(line, 'must not hold a NUL character')
  // Only a text of more units can have more characters, and few have.
  if (cell.length > nameLengthMax && [...cell].length > nameLengthMax) {
    throw lineFault(line, `must have at most ${nameLengthMax} characters in the username`)
  }
  return cell
}

function faultOfParser({ code, message, lines }: CsvError & { lines?: number }): AppError {
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
    return lineFault(lines ?? 0, 'must have as many columns as the first line')
  }
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return endlessRecord(lines ?? 0)
  }
  if (code === 'CSV_QUOTE_NOT_CLOSED') return lineFault(lines ?? 0, 'has a quote that is not closed')
  return lines === undefined
    ? new AppError('invalid', `The list is not CSV: ${message}.`)
    : lineFault(lines, 'is not CSV: check its quotes')
}

function endlessRecord(line: number): AppError {
  return lineFault(line, `is longer than ${recordBytesMax} bytes, or has a quote that is not closed`)
}

function lineFault(line: number, value: string): AppError {
  return new AppError('invalid', `Line ${line} ${value}.`, { faults: [{ key: `line ${line}`, value }] })
}

function tooLarge(what: string): AppError {
  return new AppError('too_large', `The list is larger than ${what}.`)
}
