/** `1,000`. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 user`, `1,000 users`. */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${number(value)} ${value === 1 ? singular : plural}`
}

/** One line without control characters, for somebody else's text that ends up on a terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
}

/** The verb that goes with a number: `is` or `are`, as given. */
export function agree(value: number, singular: string, plural: string): string {
  return value === 1 ? singular : plural
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** The word that `asked` may have meant: the one with the fewest letters to change, null where that is too many. */
export function closest(asked: string, words: readonly string[]): string | null {
  const word = words.reduce<{ word: string; changes: number } | null>((best, each) => {
    const changes = each.startsWith(asked) && asked !== '' ? 0 : changesBetween(asked, each)
    return best === null || changes < best.changes ? { word: each, changes } : best
  }, null)
  return word !== null && word.changes <= Math.max(2, Math.floor(asked.length / 3)) ? word.word : null
}

/** Letters to add, to leave out or to change (Levenshtein), a row of the table at a time. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (let column = 1; column <= to.length; column += 1) {
      const kept = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1)
      next.push(Math.min(kept, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
