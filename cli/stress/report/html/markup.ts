/** Text that is HTML already. Whatever else meets a template is escaped. */
export interface Html {
  readonly html: string
}

export type Content = Html | string | number | null | undefined | false | readonly Content[]

/**
 * A piece of HTML. Every value between its parts is escaped, in text as well as in a quoted attribute, for a report
 * tells what a foreign server said. Lists are joined; null, undefined and false are left out.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  const text = parts.map((part, index) => part + textOf(values[index])).join('')
  return { html: text }
}

/** For text that is known to be HTML: a style sheet, a script. */
export function trusted(text: string): Html {
  return { html: text }
}

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return ''
  if (typeof content === 'string') return escapeText(content)
  if (typeof content === 'number') return escapeText(String(content))
  if ('html' in content) return content.html
  return content.map(textOf).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** JSON that can stand in a `script` element: nothing in it ends the element or begins a comment. */
export function jsonForScript(value: unknown): Html {
  const text = JSON.stringify(value)
  const safe = text.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return { html: safe }
}
