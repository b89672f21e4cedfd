import cliProgress from 'cli-progress'
import { number } from './words.ts'

/** One bar: `label` in front, `note` behind. */
export interface ProgressBar {
  readonly label: string
  readonly total: number
}

export interface ProgressState {
  readonly value: number
  readonly note: string
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

/** Bars that redraw themselves ten times a second. */
export function createBars(bars: readonly ProgressBar[], stream: NodeJS.WritableStream): Progress {
  const labelWidth = Math.max(...bars.map(({ label }) => label.length))
  const multi = new cliProgress.MultiBar({
    stream,
    format: '{label} {bar} {state}',
    barsize: 20,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    fps: 10,
    hideCursor: true,
    emptyOnZero: true,
    forceRedraw: true,
    // Ctrl-C is ours: the bars are stopped on the way out like everything else.
    gracefulExit: false,
  })
  const shown = bars.map(({ label, total }) =>
    multi.create(total, 0, { label: label.padEnd(labelWidth), state: `0/${number(total)}` }),
  )
  let isStopped = false

  return {
    update: (states) => {
      if (isStopped) return
      for (const [position, { value, note }] of states.entries()) {
        const total = bars[position]?.total ?? 0
        shown[position]?.update(value, { state: `${number(value)}/${number(total)}  ${note}` })
      }
    },
    note: (line) => multi.log(`${line}\n`),
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
      pending = states.map((state, position) => describe(bars[position], state)).join('; ')
      if (performance.now() - lastMs < lineEveryMs) return
      lastMs = performance.now()
      write(pending)
      pending = null
    },
    note: write,
    stop: () => {
      if (!isStopped && pending !== null) write(pending)
      isStopped = true
    },
  }
}

function describe(bar: ProgressBar | undefined, { value, note }: ProgressState): string {
  const { label = '', total = 0 } = bar ?? {}
  return `${label} ${number(value)}/${number(total)}${note === '' ? '' : ` ${note}`}`
}
