import cliProgress from 'cli-progress'
import { displayWidth } from './stress/report/wrap.ts'
import { number } from './words.ts'

/** One bar: `label` in front, `note` behind. */
export interface ProgressBar {
  readonly label: string
  /** Null for a line of words without a bar. */
  readonly total: number | null
}

export interface ProgressState {
  readonly value: number
  readonly note: string
  /** In place of "value/total". */
  readonly amount?: string
}

/**
 * Bars on a terminal, plain lines elsewhere. States: showing -> stopped; an update after the stop is ignored.
 */
export interface Progress {
  /** One state for each bar, in their order. May be called as often as one likes. */
  update(states: readonly ProgressState[]): void
  /** A line of text above the bars. */
  note(line: string): void
  /** Shows the last states for good. */
  stop(): void
}

type Terminal = NodeJS.WritableStream & { readonly columns?: number }

const barSize = 20
/** Of a terminal that does not say how wide it is, and of a line in a log. */
const columnsUsual = 80

/** Bars that redraw themselves ten times a second, cut to the terminal's width: a line that wraps is never redrawn. */
export function createBars(bars: readonly ProgressBar[], stream: Terminal): Progress {
  const labelWidth = Math.max(...bars.map(({ label }) => label.length))
  const multi = new cliProgress.MultiBar({
    stream,
    format: '{label} {bar} {state}',
    barsize: barSize,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    fps: 10,
    hideCursor: true,
    emptyOnZero: true,
    forceRedraw: true,
    // Ctrl-C is ours: the bars are stopped on the way out like everything else.
    gracefulExit: false,
  })
  const stateOf = (bar: ProgressBar, state: ProgressState) => {
    const front = labelWidth + 1 + (bar.total === null ? 0 : barSize + 1)
    const words = bar.total === null ? state.note : `${amountOf(bar, state)}  ${state.note}`
    return cut(words, (stream.columns ?? columnsUsual) - front)
  }
  const shown = bars.map((bar) => {
    const state = stateOf(bar, { value: 0, note: '' }).trimEnd()
    const format = bar.total === null ? { format: '{label} {state}' } : {}
    return multi.create(bar.total ?? 1, 0, { label: bar.label.padEnd(labelWidth), state }, format)
  })
  let isStopped = false

  return {
    update: (states) => {
      if (isStopped) return
      for (const [position, state] of states.entries()) {
        const bar = bars[position]
        if (bar !== undefined) shown[position]?.update(state.value, { state: stateOf(bar, state) })
      }
    },
    // Bars turn the terminal's own wrapping off: what does not fit would be lost.
    note: (text) => {
      const columns = stream.columns ?? columnsUsual
      for (const line of text.split('\n').flatMap((each) => folded(each, columns))) multi.log(`${line}\n`)
    },
    stop: () => {
      if (isStopped) return
      isStopped = true
      // Flushes the notes that wait for the next frame.
      multi.update()
      multi.stop()
    },
  }
}

const lineEveryMs = 1000

/** One line a second at most, and one at the end, for logs and dumb terminals. */
export function createLines(bars: readonly ProgressBar[], write: (line: string) => void): Progress {
  let lastMs = performance.now()
  let pending: string | null = null
  let isStopped = false

  return {
    update: (states) => {
      if (isStopped) return
      pending = states
        .map((state, position) => describe(bars[position], state))
        .filter((part) => part !== '')
        .join('; ')
      if (performance.now() - lastMs < lineEveryMs) return
      lastMs = performance.now()
      writeWrapped(pending, write)
      pending = null
    },
    note: write,
    stop: () => {
      if (!isStopped && pending !== null) writeWrapped(pending, write)
      isStopped = true
    },
  }
}

function describe(bar: ProgressBar | undefined, state: ProgressState): string {
  if (bar === undefined || bar.total === null) return state.note
  return `${bar.label} ${amountOf(bar, state)}${state.note === '' ? '' : ` ${state.note}`}`
}

function amountOf({ total }: ProgressBar, { value, amount }: ProgressState): string {
  return amount ?? `${number(value)}/${number(total ?? 0)}`
}

function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, Math.max(0, lengthMax - 1))}…`
}

/** Lines of so many columns at most, cut between words; those after the first are four columns in. */
function folded(text: string, columns: number): string[] {
  const lines: string[] = []
  let rest = text
  while (displayWidth(rest) > columns) {
    const at = rest.lastIndexOf(' ', columns)
    if (rest.slice(0, at).trim() === '') break
    lines.push(rest.slice(0, at).trimEnd())
    rest = `    ${rest.slice(at + 1)}`
  }
  return [...lines, rest]
}

/** What does not fit into a line goes on in the next, two columns in, with the next figure. */
function writeWrapped(text: string, write: (line: string) => void): void {
  let line = ''
  for (const part of text.split(/(?<=[;,]) /)) {
    const longer = line === '' ? part : `${line} ${part}`
    if (longer.length > columnsUsual && line !== '') {
      write(line)
      line = `  ${part}`
    } else {
      line = longer
    }
  }
  write(line)
}
