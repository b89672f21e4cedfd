/** The pieces that the sections of the page are put together from. */
import type { Chart } from './charts/chart.ts'
import { type Content, type Html, html, trusted } from './markup.ts'

export type Level = 1 | 2 | 3 | 4

export function heading(level: Level, text: Content, id?: string): Html {
  const name = trusted(`h${level}`)
  return html`<${name}${id === undefined ? null : html` id="${id}"`}>${text}</${name}>`
}

/** Below a heading, one deeper. */
export function below(level: Level): Level {
  return level === 1 ? 2 : level === 2 ? 3 : 4
}

export interface TableParts {
  readonly caption: Content
  readonly head: readonly Content[]
  /** The first cell of each is its heading. */
  readonly rows: readonly (readonly Content[])[]
  /** Columns, from 0, that hold words; all but the first hold numbers otherwise. */
  readonly wordColumns?: readonly number[]
}

/** What is too wide for a phone scrolls sideways, and can be reached by keyboard for it. */
export function table({ caption, head, rows, wordColumns = [] }: TableParts): Html {
  const kind = (column: number) => (column === 0 || wordColumns.includes(column) ? 'word' : 'number')
  const cell = (content: Content, column: number) =>
    column === 0 ? html`<th scope="row">${content}</th>` : html`<td class="${kind(column)}">${content}</td>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${head.map((title, column) => html`<th scope="col" class="${kind(column)}">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>`
}

/** Said by sign and by word, never by colour alone. */
export function mark(passed: boolean, words: readonly [string, string] = ['passed', 'failed']): Html {
  return passed
    ? html`<span class="mark good"><span aria-hidden="true">✔</span> ${words[0]}</span>`
    : html`<span class="mark bad"><span aria-hidden="true">✘</span> ${words[1]}</span>`
}

export function notice(text: Content): Html {
  return html`<p class="notice"><span aria-hidden="true">⚠</span> <span>${text}</span></p>`
}

/** Terms and what is said of each. */
export function facts(pairs: readonly (readonly [string, Content])[]): Html {
  const said = pairs.filter(([, content]) => content !== null && content !== '')
  return html`<dl class="facts">
${said.map(([term, content]) => html`<div><dt>${term}</dt><dd>${content}</dd></div>\n`)}</dl>`
}

/** Gathers the charts of a page, each of which is drawn by the script into the place that `place` makes for it. */
export function createChartList(): {
  readonly charts: readonly Chart[]
  place(chart: Chart): Html
  figure(chart: Chart, level: Level): Html
} {
  const charts: Chart[] = []
  const place = (chart: Chart) => {
    const index = charts.push(chart) - 1
    return html`<div class="plot" data-chart="${index}" role="img" aria-label="${chart.title}. ${chart.note} ${chart.summary}"></div>`
  }
  return {
    charts,
    place,
    figure: (chart, level) => html`<figure>
<figcaption>${heading(level, chart.title)}<p>${chart.note}</p></figcaption>
${place(chart)}
</figure>`,
  }
}

export type ChartList = ReturnType<typeof createChartList>
