/** The width every report holds. */
export const reportWidth = 80

/** Lines of at most 80 columns, each with the indent; a word that is longer than a line is cut into pieces. */
export function wrap(text: string, indent = ''): string[] {
  const widthMax = reportWidth - indent.length
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((whole) => pieces(whole, widthMax))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= widthMax) {
      line = longer
    } else {
      lines.push(indent + line)
      line = word
    }
  }
  return [...lines, indent + line]
}

function pieces(word: string, lengthMax: number): string[] {
  return word.length <= lengthMax ? [word] : (word.match(new RegExp(`.{1,${lengthMax}}`, 'gsu')) ?? [])
}
