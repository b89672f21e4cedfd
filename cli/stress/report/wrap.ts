/** The width every report holds. */
export const reportWidth = 80

/**
 * Lines of at most 80 columns, each with the indent; `first` takes the place of the first line's. A word that is
 * longer than a line is cut into pieces.
 */
export function wrap(text: string, indent = '', first = indent): string[] {
  const widthMax = reportWidth - Math.max(displayWidth(indent), displayWidth(first))
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((whole) => pieces(whole, widthMax))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (displayWidth(longer) <= widthMax) {
      line = longer
    } else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line].map((each, index) => (index === 0 ? first : indent) + each)
}

function pieces(word: string, widthMax: number): string[] {
  if (displayWidth(word) <= widthMax) return [word]
  const parts: string[] = []
  let part = ''
  for (const letter of word) {
    if (displayWidth(part + letter) > widthMax) {
      parts.push(part)
      part = ''
    }
    part += letter
  }
  return [...parts, part]
}

/** Scripts and pictures that a terminal shows two columns wide. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** Columns on a terminal: what other servers say may be in any script. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const letter of text) width += wide.test(letter) ? 2 : /\p{M}/u.test(letter) ? 0 : 1
  return width
}
