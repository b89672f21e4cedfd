/**
 * What a PromQL expression names: metrics with their matchers, labels to group by, and functions. Only as much of the
 * language as the files in deploy/ use; anything else throws, so that nothing is passed over unread.
 */
export interface Named {
  readonly metrics: readonly MetricUse[]
  /** One list for each `by`, `without`, `on` and `ignoring`. */
  readonly groupings: readonly { readonly word: string; readonly labels: readonly string[] }[]
}

export interface MetricUse {
  readonly name: string
  readonly matchers: readonly Matcher[]
}

export interface Matcher {
  readonly label: string
  readonly isRegex: boolean
  readonly value: string
}

const functions = new Set([
  'sum',
  'min',
  'max',
  'avg',
  'count',
  'rate',
  'increase',
  'min_over_time',
  'max_over_time',
  'histogram_quantile',
  'sort_desc',
  'vector',
])
const operators = new Set(['and', 'or', 'unless'])
const groupingWords = new Set(['by', 'without', 'on', 'ignoring'])

const tokenPattern =
  /\s+|(?<word>[a-zA-Z_:][\w:]*)|(?<text>"(?:[^"\\]|\\.)*")|(?<range>\[(?:\d+[smhd])+\])|(?<number>\d+(?:\.\d+)?)|(?<sign>==|!=|=~|!~|>=|<=|[-+*/%^=<>(){},])/y

interface Token {
  readonly kind: 'word' | 'text' | 'range' | 'number' | 'sign'
  readonly text: string
}

export function readExpression(expression: string): Named {
  const tokens = tokensOf(expression)
  const metrics: MetricUse[] = []
  const groupings: { word: string; labels: string[] }[] = []
  let at = 0

  const peek = () => tokens[at]?.text
  const expect = (text: string) => {
    if (peek() !== text) throw new Error(`Wants ${text}, got ${peek()}: ${expression}`)
    at += 1
  }

  function readLabels(): string[] {
    const labels: string[] = []
    expect('(')
    while (peek() !== ')') {
      labels.push(take('word'))
      if (peek() !== ')') expect(',')
    }
    expect(')')
    return labels
  }

  function take(kind: Token['kind']): string {
    const token = tokens[at]
    if (token?.kind !== kind) throw new Error(`Wants a ${kind}, got ${token?.text}: ${expression}`)
    at += 1
    return token.text
  }

  function readMatchers(): Matcher[] {
    const matchers: Matcher[] = []
    if (peek() !== '{') return matchers
    at += 1
    while (peek() !== '}') {
      const label = take('word')
      const sign = take('sign')
      if (!['=', '!=', '=~', '!~'].includes(sign)) throw new Error(`${sign} is no matcher: ${expression}`)
      matchers.push({ label, isRegex: sign.endsWith('~'), value: JSON.parse(take('text')) as string })
      if (peek() !== '}') expect(',')
    }
    at += 1
    return matchers
  }

  assertBalanced(tokens, expression)
  while (at < tokens.length) {
    const { kind, text } = tokens[at]!
    at += 1
    if (kind !== 'word' || operators.has(text)) continue
    if (groupingWords.has(text)) groupings.push({ word: text, labels: readLabels() })
    else if (peek() === '(' || (peek() === 'by' && functions.has(text))) {
      if (!functions.has(text)) throw new Error(`${text} is no function that is known here: ${expression}`)
    } else metrics.push({ name: text, matchers: readMatchers() })
  }
  if (metrics.length === 0) throw new Error(`Names no metric: ${expression}`)
  return { metrics, groupings }
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < expression.length) {
    const from = tokenPattern.lastIndex
    const found = tokenPattern.exec(expression)
    if (found === null) throw new Error(`Cannot be read from "${expression.slice(from)}": ${expression}`)
    const [kind, text] = Object.entries(found.groups ?? {}).find(([, each]) => each !== undefined) ?? []
    if (kind !== undefined) tokens.push({ kind: kind as Token['kind'], text: String(text) })
  }
  return tokens
}

function assertBalanced(tokens: readonly Token[], expression: string): void {
  let depth = 0
  for (const { text } of tokens) {
    if (text === '(') depth += 1
    if (text === ')') depth -= 1
    if (depth < 0) break
  }
  if (depth !== 0) throw new Error(`Its parentheses do not match: ${expression}`)
}
