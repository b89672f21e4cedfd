const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})

export const none = '–'

export function count(value: number): string {
  return whole.format(value)
}

/** A second: a tenth while it is small. */
export function rate(value: number): string {
  return value < 10 ? tenth.format(value) : whole.format(value)
}

export function milliseconds(value: number | null): string {
  if (value === null) return none
  return value >= 10_000
    ? `${tenth.format(value / 1000)} s`
    : `${value < 10 ? tenth.format(value) : whole.format(value)} ms`
}

/** In the time of who looks. */
export function clockTime(at: number | string): string {
  return clock.format(new Date(at))
}

export function dayTime(at: string): string {
  return day.format(new Date(at))
}

/** `4:05` until then, `0:00` from then on. */
export function countdown(untilMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.ceil((untilMs - nowMs) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Of an ISO text, as `<input type="datetime-local">` has it; empty for null. */
export function localInput(iso: string | null): string {
  if (iso === null) return ''
  const at = new Date(iso)
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 19)
}

/** Back again; null for an empty field. What cannot be read is sent as it is, so that the API says what is wrong. */
export function instantOf(input: string): string | null {
  if (input === '') return null
  const at = new Date(input)
  return Number.isNaN(at.getTime()) ? input : at.toISOString()
}
