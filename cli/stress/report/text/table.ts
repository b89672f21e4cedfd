import Table from 'cli-table3'

/** Text without lines around it: the first columns to the left, numbers to the right, one space or more between. */
export function plainTable(
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  left = 1,
): string {
  const table = new Table({
    chars: borderless,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: widths.map((_, column) => (column < left ? 'left' : 'right')),
    colWidths: [...widths],
  })
  for (const row of rows) table.push([...row])
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
