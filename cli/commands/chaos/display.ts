import type { Fault, FaultWindow } from '../../chaos/fault.ts'
import type { History } from '../../chaos/history.ts'
import type { Ui } from '../../ui.ts'
import { number } from '../../words.ts'

/** What a run shows while it goes on: a bar, and a line for each fault that is over. */
export interface ChaosDisplay {
  begin(fault: Fault): void
  end(window: FaultWindow): void
  stop(): void
}

const updateEveryMs = 200

export function createDisplay(
  ui: Ui,
  {
    endMs,
    nowMs,
    history,
  }: { readonly endMs: number; readonly nowMs: () => number; readonly history: History },
): ChaosDisplay {
  const seconds = Math.ceil(endMs / 1000)
  const progress = ui.progress([{ label: 'chaos', total: seconds }])
  const present: string[] = []
  let faults = 0
  const update = () => {
    const value = Math.min(seconds, Math.floor(nowMs() / 1000))
    const what = present.length === 0 ? 'all is well' : present.join(', ')
    const asked = `${number(history.operations.length)} operations, ${number(faults)} faults`
    progress.update([{ value, amount: `${value}/${seconds} s`, note: `${asked}; ${what}` }])
  }
  const timer = setInterval(update, updateEveryMs)
  return {
    begin: ({ name }) => {
      faults += 1
      present.push(name)
    },
    end: (window) => {
      present.splice(present.indexOf(window.fault), 1)
      ui.note(lineOf(window))
    },
    stop: () => {
      clearInterval(timer)
      progress.stop()
    },
  }
}

/** `  12.3 s  postgres_crash         Postgres: for 1.2 s, back after 431 ms` */
function lineOf({ fault, target, injectedMs, healedMs, recoveredMs }: FaultWindow): string {
  const at = `${(injectedMs / 1000).toFixed(1)} s`.padStart(8)
  // With its healing: a rolling restart is nothing else, and a server that starts is still down.
  const lasted = `for ${((healedMs - injectedMs) / 1000).toFixed(1)} s`
  const back =
    recoveredMs === null ? 'NOT BACK' : `back after ${number(Math.round(recoveredMs - healedMs))} ms`
  return `${at}  ${fault.padEnd(22)} ${target}: ${lasted}, ${back}`
}
