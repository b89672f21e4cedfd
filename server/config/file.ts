import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Fault, messageOf } from '../errors.ts'
import { settings } from './settings.ts'

export interface Given {
  readonly value: unknown
  /** Where the value came from, as a person would name it: `--port`, `PORT`, `env.json`. */
  readonly origin: string
}

/** Adds what the file says to `given`, by the paths of settings.ts, and what is wrong with its shape to `faults`. */
export function readFile(
  named: string | undefined,
  folder: string,
  given: Map<string, Given>,
  faults: Fault[],
): void {
  if (named === 'none') return
  const path = resolve(folder, named ?? 'env.json')
  const origin = named ?? 'env.json'
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (isAbsent && named === undefined) return
    const why = isAbsent ? 'there is no such file' : messageOf(error)
    faults.push({ key: '--config', value: `got "${origin}", but ${why}; wants a file like env.example.json` })
    return
  }
  try {
    const content: unknown = JSON.parse(text)
    flattenFile(content, origin, given, faults)
  } catch (error) {
    faults.push({
      key: origin,
      value: `is not JSON (${safeSyntaxMessage(error)}); wants the shape of env.example.json`,
    })
  }
}

/** V8 quotes the text around a syntax error, which could be a password: only the place is kept. */
function safeSyntaxMessage(error: unknown): string {
  return /at position \d+( \(line \d+ column \d+\))?/.exec(messageOf(error))?.[0] ?? 'it cannot be parsed'
}

function flattenFile(content: unknown, origin: string, given: Map<string, Given>, faults: Fault[]): void {
  if (!isGroup(content) || !isGroup(content.env)) {
    faults.push({
      key: origin,
      value: 'wants one object under the top-level key "env", as in env.example.json',
    })
    return
  }
  for (const key of Object.keys(content)) {
    if (key !== 'env')
      faults.push({ key, value: `is not known (in ${origin}); the only top-level key is "env"` })
  }
  flatten(content.env, '', origin, given, faults)
}

function flatten(
  group: Group,
  prefix: string,
  origin: string,
  given: Map<string, Given>,
  faults: Fault[],
): void {
  for (const [name, value] of Object.entries(group)) {
    const path = prefix + name
    const children = Object.keys(settings).filter((known) => known.startsWith(`${path}.`))
    if (Object.hasOwn(settings, path)) {
      given.set(path, { value, origin })
    } else if (children.length === 0) {
      faults.push({
        key: `env.${path}`,
        value: `is not known (in ${origin}); known here: ${knownBelow(prefix)}`,
      })
    } else if (isGroup(value)) {
      flatten(value, `${path}.`, origin, given, faults)
    } else {
      faults.push({
        key: `env.${path}`,
        value: `got ${shown(value)} (in ${origin}), wants a group with ${knownBelow(`${path}.`)}`,
      })
    }
  }
}

function knownBelow(prefix: string): string {
  const names = Object.keys(settings).filter((path) => path.startsWith(prefix))
  return [...new Set(names.map((path) => path.slice(prefix.length).split('.')[0]))].join(', ')
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

type Group = Readonly<Record<string, unknown>>

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
