/**
 * The part of YAML that deploy/prometheus is written in, and no more: maps and lists by two spaces of indentation, plain
 * texts, texts in single quotes, blocks behind `|`, comments on lines of their own. What is not one of these throws: a file
 * that passes means the same to every reader of YAML.
 */
export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml }

interface Line {
  readonly indent: number
  readonly text: string
  readonly number: number
}

export function readPlainYaml(source: string): Yaml {
  const lines = source.split('\n').map((text, n) => ({
    indent: text.length - text.trimStart().length,
    text: text.trim(),
    number: n + 1,
  }))
  let at = 0

  function skipEmpty(): void {
    while (at < lines.length && (lines[at]!.text === '' || lines[at]!.text.startsWith('#'))) at += 1
  }

  function isAt(indent: number): boolean {
    skipEmpty()
    const line = lines[at]
    if (line === undefined || line.indent < indent) return false
    if (line.indent > indent) throw faultAt(line, `wants ${indent} spaces`)
    return true
  }

  function readNode(indent: number): Yaml {
    skipEmpty()
    return lines[at]?.text.startsWith('- ') === true ? readList(indent) : readMap(indent)
  }

  function readList(indent: number): Yaml[] {
    const items: Yaml[] = []
    while (isAt(indent) && lines[at]!.text.startsWith('- ')) {
      const line = lines[at]!
      lines[at] = { ...line, indent: indent + 2, text: line.text.slice(2) }
      items.push(readMap(indent + 2))
    }
    return items
  }

  function readMap(indent: number): Yaml {
    const map: Record<string, Yaml> = {}
    while (isAt(indent)) {
      const line = lines[at]!
      const [, key, value = ''] = /^(\w+):(?: (.+))?$/.exec(line.text) ?? []
      if (key === undefined) throw faultAt(line, 'is no key with its value')
      if (Object.hasOwn(map, key)) throw faultAt(line, 'comes twice')
      at += 1
      if (value === '') map[key] = readNode(indent + 2)
      else map[key] = value === '|' ? readBlock(indent + 2) : readText(line, value)
    }
    return map
  }

  function readBlock(indent: number): string {
    const texts: string[] = []
    while (at < lines.length && (lines[at]!.indent >= indent || lines[at]!.text === '')) {
      texts.push(lines[at]!.text)
      at += 1
    }
    return texts.join('\n').trim()
  }

  const whole = readNode(0)
  skipEmpty()
  if (at < lines.length) throw faultAt(lines[at]!, 'belongs to nothing')
  return whole
}

function readText(line: Line, value: string): string {
  const quoted = /^'((?:[^']|'')*)'$/.exec(value)?.[1]
  if (quoted !== undefined) return quoted.replaceAll("''", "'")
  if (/^[\s\-?:,[\]{}#&*!|>'"%@`]|: | #|:$/.test(value)) throw faultAt(line, 'needs single quotes')
  return value
}

function faultAt({ number, text }: Line, what: string): Error {
  return new Error(`Line ${number} ${what}: ${text}`)
}
