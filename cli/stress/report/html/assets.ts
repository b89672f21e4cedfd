import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** The chart library as it is shipped, to be put into the page, with the licence that goes with it. */
export async function readChartLibrary(): Promise<{ script: string; style: string }> {
  const { resolve } = createRequire(import.meta.url)
  const read = (file: string) => readFile(resolve(`uplot/${file}`), 'utf8')
  const [code, style, licence] = await Promise.all([
    read('dist/uPlot.iife.min.js'),
    read('dist/uPlot.min.css'),
    read('LICENSE'),
  ])
  return { script: `/*! uPlot\n${licence.trim()}\n*/\n${code.trim()}`, style: style.trim() }
}

/** As a Content-Security-Policy names an inline script or style. */
export function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
