/** A page taken apart, as far as a test of its well-formedness needs. No browser: it takes only what is written in full. */
import { createHash } from 'node:crypto'

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** Of `script` and `style` alone: what stands in it, word for word. */
  readonly raw: string
}

const voidElements = ['meta', 'link', 'br', 'img', 'input']
const rawElements = ['script', 'style']
const tag = /^<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z][a-z0-9-]*(?:="[^"<>]*")?)*)\s*>/i

/** Throws with the place where the page is not well-formed: a stray `<`, an attribute without quotes, a wrong end tag. */
export function parsePage(page: string): { elements: Element[]; text: string } {
  const elements: Element[] = []
  const open: string[] = []
  let text = ''
  let at = page.indexOf('<html')
  while (at < page.length) {
    const next = page.indexOf('<', at)
    text += ` ${page.slice(at, next < 0 ? undefined : next)}`
    if (next < 0) break
    const found = tag.exec(page.slice(next, next + 20_000))
    if (found === null) throw new Error(`No tag: ${page.slice(next, next + 120)}`)
    const [whole, slash, name = '', attributes = ''] = found
    at = next + whole.length
    if (slash === '/') {
      const last = open.pop()
      if (last !== name) throw new Error(`</${name}> ends <${last}>: ${page.slice(next - 120, next + 40)}`)
      continue
    }
    const end = rawElements.includes(name) ? page.indexOf(`</${name}`, at) : at
    elements.push({ name, attributes: attributesOf(attributes), raw: page.slice(at, end) })
    at = end
    if (!voidElements.includes(name)) open.push(name)
  }
  if (open.length > 0) throw new Error(`Never ended: ${open.join(', ')}`)
  return { elements, text: readable(text).replace(/\s+/g, ' ') }
}

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(/([a-z][a-z0-9-]*)(?:="([^"]*)")?/gi)
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, readable(value)]))
}

/** As people read it: without entities, and with plain spaces. */
function readable(text: string): string {
  return text
    .replace(/\u00a0/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

export function sha256(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** WCAG 2: from 1 to 21. Colours as `#rrggbb`. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
