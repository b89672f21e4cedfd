import type { StressDocument } from '../document.ts'
import { hashSource, readChartLibrary } from './assets.ts'
import { comparison } from './comparison.ts'
import { instant } from './figures.ts'
import { loadTitle, serverOf, strategiesOf } from './load.ts'
import { type Content, type Html, html, jsonForScript, trusted } from './markup.ts'
import { differences } from './origin.ts'
import { type ChartList, createChartList, heading } from './parts.ts'
import { reportSection } from './report-section.ts'
import { pageScript } from './script.ts'
import { pageStyle } from './style.ts'
import { verdictBanner, verdictOf } from './verdict.ts'

/**
 * One page that needs nothing but itself: no file beside it and no network, which its policy forbids. Several
 * documents are compared on top; `names` tell them apart, such as the names of their files.
 */
export async function renderHtml(
  documents: readonly StressDocument[],
  names: readonly string[] = [],
): Promise<string> {
  const library = await readChartLibrary()
  const charts = createChartList()
  const labels = documents.map((document, index) => names[index] ?? instant(document.created_at))
  const [first] = documents
  const body =
    documents.length === 1 && first !== undefined ? single(first, charts) : several(documents, labels, charts)
  const style = `${library.style}\n${pageStyle}`
  const policy = [
    "default-src 'none'",
    `style-src ${hashSource(style)}`,
    `script-src ${hashSource(library.script)} ${hashSource(pageScript)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${titleOf(documents)}</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<main>
${body}
</main>
<noscript><p class="muted">The charts need JavaScript. Every figure is in the tables as well.</p></noscript>
<script type="application/json" id="charts">${jsonForScript(charts.charts)}</script>
<script>${trusted(library.script)}</script>
<script>${trusted(pageScript)}</script>
</body>
</html>
`
  return page.html
}

function titleOf(documents: readonly StressDocument[]): string {
  const [first] = documents
  const words = documents.map((document) => verdictOf(document).word).join(', ')
  const what =
    documents.length === 1 && first !== undefined ? loadTitle(first) : `${documents.length} reports compared`
  return `${words}: ${what} · coupon stress`
}

function single(document: StressDocument, charts: ChartList): Content {
  const strategy = document.summary.length > 0 ? `${strategiesOf(document)} · ` : ''
  return [
    header(loadTitle(document), `${strategy}${serverOf(document)} · ${instant(document.created_at)}`),
    reportSection({ document, key: 'report', level: 2, charts }),
  ]
}

function several(
  documents: readonly StressDocument[],
  labels: readonly string[],
  charts: ChartList,
): Content {
  const entries = documents.flatMap((document, index) =>
    document.summary.map((summary) => ({
      label: [labels[index], document.summary.length > 1 ? summary.strategy : null]
        .filter(Boolean)
        .join(', '),
      summary,
      document,
    })),
  )
  return [
    header(`${documents.length} reports compared`, labels.join(' · ')),
    html`<ul class="reports">
${documents.map((document, index) => html`<li><a href="#report-${index + 1}">${labels[index]}</a>${verdictBanner(verdictOf(document))}</li>\n`)}</ul>`,
    comparison(entries, { level: 2, charts, title: 'Side by side' }),
    differences(documents, labels, 2),
    documents.map(
      (document, index) => html`<section class="report">
${heading(2, html`${labels[index]}<small>${loadTitle(document)}</small>`, `report-${index + 1}`)}
${reportSection({ document, key: `report-${index + 1}`, level: 3, charts })}</section>
`,
    ),
  ]
}

function header(title: string, note: string): Html {
  return html`<header><p class="brand">coupon stress</p>${heading(1, title)}<p class="muted isolate">${note}</p></header>`
}
