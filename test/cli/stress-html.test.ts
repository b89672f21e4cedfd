import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StressDocument, StressRun } from '../../cli/stress/report/document.ts'
import { ms } from '../../cli/stress/report/html/figures.ts'
import { renderHtml } from '../../cli/stress/report/html/page.ts'
import { pageScript } from '../../cli/stress/report/html/script.ts'
import { palettes } from '../../cli/stress/report/html/style.ts'
import { contrast, parsePage, sha256 } from '../support/html-page.ts'
import { comparedDocument, documentOf, documentRun, sampleThresholds } from '../support/report-documents.ts'

const test = suite('stress: page of a report')

const small = { users: 1000, quota: 100 }
const single = documentOf([documentRun(small)], { thresholds: sampleThresholds })
const compared = comparedDocument()

const pageOf = async (...documents: StressDocument[]) => parsePage(await renderHtml(documents))
const withRun = (change: Partial<StressRun>, rest: Partial<StressDocument> = {}) =>
  documentOf([{ ...documentRun(small), ...change }], rest)

function assertSays(text: string, ...parts: string[]): void {
  for (const part of parts) assert.ok(text.includes(part), `The page does not say: ${part}`)
}

test('a report of one run has its verdict first, then every figure', async () => {
  const { text } = await pageOf(single)
  const [run] = single.runs
  assert.match(
    text,
    /Burst of 1,000 users for 100 units .* PASSED 100 of 100 units sold: none twice, none lost\./,
  )
  for (const { name, detail } of run!.checks) assertSays(text, name, detail)
  for (const { expression, detail } of single.thresholds) assertSays(text, expression, detail)
  const number = (value: number) => value.toLocaleString('en-US')
  assertSays(text, number(run!.outcomes.sold_out))
  for (const summary of Object.values(run!.latency_ms)) {
    for (const value of Object.values(summary ?? {})) assertSays(text, ms(value))
  }
  assertSays(text, 'v20.20.2', 'AMD EPYC 7763 64-Core Processor', '18.4', '7.8 GB', 'Linux 6.1.0 x64')
  assertSays(text, single.command, 'FLASH_SALE', 'http://127.0.0.1:42675', 'the busiest 61.2 % busy')
  assertSays(text, '0.412 ms mean, 2.600 ms p99, 9.400 ms max', 'No, the server set the pace')
})

test('the charts are there once more as tables, step by step and bucket by bucket', async () => {
  const { text } = await pageOf(single)
  const { timeline, histograms } = single.runs[0]!
  for (const [step, remaining] of timeline.remaining.entries()) {
    assertSays(text, `${remaining}`, ms(timeline.p50_ms[step]), ms(timeline.p99_ms[step]))
  }
  for (const { counts } of histograms) for (const count of counts) assertSays(text, `${count}`)
})

test('the page is well-formed, and each chart has a title and words for who does not see it', async () => {
  for (const document of [single, compared, documentOf([]), withRun({ strategy: null })]) {
    const { elements } = await pageOf(document)
    const headings = elements.filter(({ name }) => /^h[1-6]$/.test(name)).map(({ name }) => Number(name[1]))
    assert.is(headings.filter((level) => level === 1).length, 1)
    for (const [index, level] of headings.entries()) {
      assert.ok(level <= (headings[index - 1] ?? 0) + 1, `h${level} after h${headings[index - 1]}`)
    }
    for (const { attributes } of elements.filter((each) => each.attributes.class === 'plot')) {
      assert.is(attributes.role, 'img')
      assert.ok((attributes['aria-label'] ?? '').length > 40)
    }
    const count = (wanted: string) => elements.filter(({ name }) => name === wanted).length
    assert.is(count('table'), count('caption'))
    const ids = elements.flatMap(({ attributes }) => (attributes.id === undefined ? [] : [attributes.id]))
    assert.is(new Set(ids).size, ids.length)
  }
})

test('it needs nothing but itself, and its policy lets nothing else run', async () => {
  const page = await renderHtml([single, compared])
  const { elements } = parsePage(page)
  const policy = elements.find(({ attributes }) => attributes['http-equiv'] !== undefined)!.attributes
    .content!
  assert.match(
    policy,
    /^default-src 'none'; style-src 'sha256-[^ ]+'; script-src 'sha256-[^ ]+ 'sha256-[^ ]+;/,
  )
  assert.not.match(policy, /unsafe|http/)
  for (const { name, attributes, raw } of elements) {
    assert.not.ok('src' in attributes || 'style' in attributes || 'action' in attributes, name)
    assert.not.ok(
      Object.keys(attributes).some((key) => key.startsWith('on')),
      name,
    )
    if (attributes.href !== undefined) assert.match(attributes.href, /^(#[\w-]+|data:,)$/)
    if (name === 'style') {
      assert.ok(policy.includes(sha256(raw)))
      assert.not.match(raw, /url\(|@import/)
    }
    if (name === 'script' && attributes.type === undefined) assert.ok(policy.includes(sha256(raw)))
  }
  assert.not.match(pageScript, /fetch|XMLHttpRequest|import\(|innerHTML|eval/)
  new Script(pageScript)
})

test('without data it is under 150 kB', async () => {
  assert.ok(Buffer.byteLength(await renderHtml([documentOf([])])) < 150_000)
})

const hostile = `</script><script>alert(1)</script><!--"><img src=x onerror='alert(2)'>&amp;\u2028\u2029`

/** Hostile words wherever a report holds words of somebody else. */
function poisoned(document: StressDocument): StressDocument {
  const kept = ['format', 'auth', 'evidence', 'outcome', 'kind', 'unit']
  const text = JSON.stringify(document, (key, value) =>
    typeof value === 'string' && !kept.includes(key) ? `${hostile}${value}` : value,
  )
  return JSON.parse(text)
}

test('whatever a hostile server says is text', async () => {
  const error = { error: hostile, count: 3, outcome_unknown: 1, example: hostile }
  const clean = withRun({ errors: [error] }, { thresholds: sampleThresholds })
  const tagsOf = ({ elements }: ReturnType<typeof parsePage>) => elements.map(({ name }) => name).join(' ')
  for (const document of [clean, compared]) {
    const page = await renderHtml([poisoned(document)])
    const parsed = parsePage(page)
    assert.is(tagsOf(parsed), tagsOf(await pageOf(document)))
    assertSays(parsed.text, "<img src=x onerror='alert(2)'>&amp;")
    assert.not.ok(parsed.elements.some(({ attributes }) => 'onerror' in attributes))
    const data = parsed.elements.find(({ attributes }) => attributes.id === 'charts')!.raw
    assert.not.match(data, /[<>&\u2028\u2029]/)
    assert.ok(Array.isArray(JSON.parse(data)))
  }
})

test('strategies stand side by side, with ratios and the checks each failed', async () => {
  const { text, elements } = await pageOf(compared)
  assert.match(text, /FAILED 3 of 9 runs failed checks: lock \(not_undersold\)\./)
  assertSays(text, 'Strategies side by side', 'Ratios are against batch.', '✘ not_undersold', '162')
  const [batch, , lock] = compared.summary
  const times = (lock!.claims_per_s.median / batch!.claims_per_s.median).toFixed(2)
  assertSays(text, `${times}×`, 'Median and spread over the repeats', 'Failed in 3 of 9 runs')
  assert.is(elements.filter(({ name }) => name === 'rect').length, 4 * 3)
  const shown = elements.filter(({ attributes }) => attributes.class === 'run chosen')
  assert.equal(
    shown.map(({ attributes }) => attributes.id),
    ['report-run-3'],
  )
  const links = elements.filter(({ name }) => name === 'a').map(({ attributes }) => attributes.href)
  assert.equal(
    links,
    compared.runs.map((_, index) => `#report-run-${index + 1}`),
  )
})

test('several reports are compared on top, with what differs between them', async () => {
  const later = documentOf([documentRun({ ...small, perS: 7000 })], {
    created_at: '2026-11-28T09:00:00.000Z',
    environment: { ...single.environment, node: 'v24.1.0' },
  })
  const page = await renderHtml([single, later], ['before.json', 'after.json'])
  const { text } = parsePage(page)
  assert.match(
    text,
    /2 reports compared .* Side by side .* What differs .* v20\.20\.2 v24\.1\.0 .* before\.json/,
  )
  assert.not.match(text.slice(text.indexOf('What differs'), text.indexOf('Proof')), /AMD EPYC/)
  const ratio = later.summary[0]!.claims_per_s.median / single.summary[0]!.claims_per_s.median
  assertSays(text, `${ratio.toFixed(2)}×`, 'Ratios are against before.json.')
  const same = await pageOf(single, single)
  assertSays(same.text, 'Nothing: the same load on the same machine.', '2026-11-27 09:00:00 UTC')
})

test('it says plainly what was wrong with a run', async () => {
  const { generator, requests } = documentRun(small)
  const cut = await pageOf(
    withRun({ interrupted: true, requests: { ...requests, sent: 400, finished: 390 } }),
  )
  assertSays(
    cut.text,
    'INTERRUPTED 100 of 100',
    'as far as it went',
    'Interrupted: 400 of 1,000 planned requests',
  )
  assertSays(cut.text, '10 sent, but never answered.', '600 not sent.')
  const limit = { ...generator, was_limit: true, reason: 'its busiest thread was 97 % busy' }
  const slow = await pageOf(withRun({ generator: limit }))
  assertSays(
    slow.text,
    'The load generator and not the server was the limit: its busiest thread was 97 % busy.',
  )
  const crossed = { ...sampleThresholds[0]!, passed: false, detail: 'It was 12 ms over.' }
  const over = await pageOf(documentOf([documentRun(small)], { thresholds: [crossed] }))
  assert.match(
    over.text,
    /CROSSED 100 of 100 units sold: none twice, none lost\. 1 of 1 threshold was crossed\./,
  )
  assertSays(over.text, '✘ crossed', 'It was 12 ms over.')
})

test('stock that was promised twice is drawn below nothing, and said', async () => {
  const { timeline } = documentRun(small)
  const remaining = timeline.remaining.map((units) => units - 7)
  const { text, elements } = await pageOf(withRun({ timeline: { ...timeline, remaining } }))
  assertSays(text, '7 more were promised than there were.')
  const charts = JSON.parse(elements.find(({ attributes }) => attributes.id === 'charts')!.raw)
  const stock = charts.find(({ title }: { title: string }) => title === 'Remaining stock')
  assert.is(stock.y.min, -7)
})

test('a run without an answer, and a report without a run, are pages too', async () => {
  const { timeline, latency_ms } = documentRun(small)
  const none = Object.fromEntries(Object.keys(latency_ms).map((name) => [name, null])) as typeof latency_ms
  const nothing = { ...timeline, t_s: [], outcomes: {}, p50_ms: [], p99_ms: [], remaining: [] }
  const silent = await pageOf(withRun({ histograms: [], latency_ms: none, timeline: nothing }))
  assertSays(silent.text, 'Nothing was answered, so there is nothing to draw.')
  const empty = await pageOf(documentOf([]))
  assertSays(empty.text, 'INTERRUPTED Nothing was measured or proved.', 'How it was made')
})

test('an open model is told from a closed one, with its service time', async () => {
  const open = await pageOf(documentOf([documentRun({ ...small, isOpen: true })]))
  assertSays(
    open.text,
    '(open model)',
    'Service time by outcome',
    '14,000 configured',
    '12 late',
    '0 dropped',
  )
  assert.not.match((await pageOf(single)).text, /Service time|late:/)
})

test('every colour can be told from what is behind it, in light and dark', () => {
  for (const [mode, palette] of Object.entries(palettes)) {
    const colours = Object.fromEntries(
      [...palette.matchAll(/--(\w+(?:-back)?):(#\w{6})/g)].map(([, name = '', value = '']) => [name, value]),
    )
    const check = (name: string, behind: string, least: number) => {
      const found = contrast(colours[name]!, colours[behind]!)
      assert.ok(found >= least, `${mode}: ${name} on ${behind} has ${found.toFixed(2)}, wants ${least}`)
    }
    for (const behind of ['card', 'page']) {
      for (const name of ['ink', 'muted', 'link', 'good', 'bad']) check(name, behind, 4.5)
    }
    for (const mood of ['good', 'warn', 'bad']) {
      check('ink', `${mood}-back`, 4.5)
      check(mood, `${mood}-back`, 4.5)
    }
    const isText = ['page', 'card', 'ink', 'muted', 'line', 'link', 'good', 'warn', 'bad']
    const drawn = Object.keys(colours).filter((name) => !isText.includes(name) && !name.endsWith('-back'))
    for (const name of drawn) check(name, 'card', 3)
  }
})

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** What the browser has made of the page, and what it had to say about it. */
function browse(page: string, widthPx: number): { dom: string; complaints: string } {
  const folder = mkdtempSync(join(tmpdir(), 'coupon-page-'))
  const file = join(folder, 'page.html')
  writeFileSync(file, page)
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']
  const own = [`--user-data-dir=${join(folder, 'profile')}`, `--window-size=${widthPx},1200`]
  const args = [
    ...flags,
    ...quiet,
    ...own,
    '--enable-logging=stderr',
    '--virtual-time-budget=2000',
    '--dump-dom',
  ]
  const { stdout, stderr } = spawnSync(browser!, [...args, `file://${file}`], {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
  })
  rmSync(folder, { recursive: true, force: true })
  return {
    dom: stdout,
    complaints: stderr
      .split('\n')
      .filter((line) => line.includes('CONSOLE'))
      .join('\n'),
  }
}

if (browser === undefined) {
  process.stderr.write('No Chromium on this machine: that the charts are drawn was not tried.\n')
} else {
  test('a browser draws every chart of what is shown, and complains about nothing', async () => {
    for (const [document, widthPx] of [
      [single, 375],
      [compared, 1280],
    ] as const) {
      const page = await renderHtml([document])
      const { dom, complaints } = browse(page, widthPx)
      assert.is(complaints, '')
      const places = parsePage(page).elements.filter(({ attributes }) => attributes.class === 'plot').length
      const hidden = document.runs.length - 1
      const perRun = (places - (hidden > 0 ? 1 : 0)) / document.runs.length
      const drawn = dom.match(/<canvas/g)?.length ?? 0
      // A run of another strategy may have more outcomes, and so more charts.
      assert.ok(drawn >= Math.floor(perRun) && drawn <= places, `${drawn} of ${places} charts`)
    }
  })
}

test.run()
