/**
 * A comment at the end of a statement, in the form of sqlcommenter: keys in their order, values percent-encoded, so that
 * none can end the comment or begin another. Postgres shows it in pg_stat_activity, pg_stat_statements and its own log.
 */
export function comment(tags: Readonly<Record<string, string | null>>): string {
  const pairs = Object.entries(tags).filter((pair): pair is [string, string] => pair[1] !== null)
  const texts = pairs.map(([key, value]) => `${key}='${encoded(value)}'`)
  return `/*${texts.sort().join(',')}*/`
}

/** The apostrophe and the asterisk too, which `encodeURIComponent` leaves as they are. */
function encoded(value: string): string {
  return encodeURIComponent(value).replaceAll("'", '%27').replaceAll('*', '%2A')
}

/** The text with who asks, and what for: a constant, so that it costs a prepared statement nothing. */
export function commented(action: string, text: string): string {
  return `${text} ${comment({ action, application: 'coupon' })}`
}

/** A statement that each connection parses once. */
export function named<Name extends string>(name: Name, text: string): { name: Name; text: string } {
  return { name, text: commented(name, text) }
}

const tableOf = /\b(?:from|into|update)\s+"?(\w+)/i

/** By what a statement is called where its text must not be shown: by its comment, else as `SELECT coupons`. */
export function nameOfStatement(text: string): string {
  const action = /\/\*action='(\w+)'/.exec(text)?.[1]
  if (action !== undefined) return action
  const verb = /\w+/.exec(text)?.[0]?.toUpperCase() ?? 'unknown'
  const table = tableOf.exec(text)?.[1]
  return table === undefined ? verb : `${verb} ${table}`
}
