import { Chalk, type ChalkInstance } from 'chalk'
import { createBars, createLines, type Progress, type ProgressBar } from './progress.ts'

export type { Progress, ProgressBar, ProgressState } from './progress.ts'

/** The way to the person or program that called: results go to stdout, all else to stderr. */
export interface Ui {
  /** True when a person can be asked: both stdin and stderr are terminals. */
  readonly isInteractive: boolean
  /** Colours for what goes to stdout. */
  readonly colour: ChalkInstance
  /** Colours for what goes to stderr. */
  readonly noteColour: ChalkInstance
  /** For a result that is too long to be held as one text. */
  readonly stdout: NodeJS.WritableStream
  /** A result, on stdout; the newline is added. */
  print(text: string): void
  /** A line about what goes on, on stderr. While progress is shown it appears above the bars. */
  note(line: string): void
  /** Shows progress on stderr until it is stopped. One at a time. */
  progress(bars: readonly ProgressBar[]): Progress
  /** Ends what progress is shown, so that the terminal has its cursor again: the process ends at once. */
  endProgress(): void
}

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean }

export interface UiStreams {
  readonly stdin?: { readonly isTTY?: boolean }
  readonly stdout?: Output
  readonly stderr?: Output
  readonly env?: Readonly<Record<string, string | undefined>>
}

export function createUi(streams: UiStreams = {}): Ui {
  const {
    stdin = process.stdin,
    stdout = process.stdout,
    stderr = process.stderr,
    env = process.env,
  } = streams
  const isDumb = env.TERM === 'dumb'
  const hasBars = stderr.isTTY === true && !isDumb && !isSet(env.CI)
  let current: Progress | null = null

  const write = (line: string) => {
    stderr.write(`${line}\n`)
  }
  return {
    isInteractive: stdin.isTTY === true && stderr.isTTY === true && !isDumb && !isSet(env.CI),
    colour: new Chalk({ level: colourLevel(stdout, env) }),
    noteColour: new Chalk({ level: colourLevel(stderr, env) }),
    stdout,
    print: (text) => {
      stdout.write(`${text}\n`)
    },
    note: (line) => (current ?? { note: write }).note(line),
    progress: (bars) => {
      const progress = hasBars ? createBars(bars, stderr) : createLines(bars, write)
      current = progress
      const stop = () => {
        if (current === progress) current = null
        progress.stop()
      }
      return { ...progress, stop }
    },
    endProgress: () => current?.stop(),
  }
}

/** FORCE_COLOR outweighs NO_COLOR, as in Node itself; without either, only a terminal gets colours. */
function colourLevel(stream: Output, env: Readonly<Record<string, string | undefined>>): 0 | 1 | 2 | 3 {
  const forced = env.FORCE_COLOR
  if (forced !== undefined) {
    if (forced === '0' || forced === 'false') return 0
    return forced === '2' ? 2 : forced === '3' ? 3 : 1
  }
  if (isSet(env.NO_COLOR) || env.TERM === 'dumb' || stream.isTTY !== true) return 0
  return 1
}

/** `CI=false` and an empty variable say no. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0'
}
