import type { StressDocument } from './document.ts'
import { documentSchema } from './document-joi.ts'

const format: StressDocument['format'] = 'coupon-stress-report'
const version: StressDocument['version'] = 1

export type DocumentReading = { readonly document: StressDocument } | { readonly fault: string }

/** Reads what `--json` wrote, on any machine, by any version. A fault is one or more whole sentences. */
export function readDocument(text: string): DocumentReading {
  const value = parse(text)
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== format) {
    return { fault: notOurs(text, value) }
  }
  const found = 'version' in value ? value.version : undefined
  if (typeof found === 'number' && found > version) {
    return {
      fault: `it is a report of version ${found}, and this program reads version ${version}; a newer coupon reads it.`,
    }
  }
  if (found !== version) {
    return { fault: `its version is ${JSON.stringify(found) ?? 'missing'}, wants ${version}.` }
  }
  // What it does not know it keeps, so that a later coupon of the same version may say more.
  const { error } = documentSchema.validate(value, { convert: false, allowUnknown: true })
  if (error === undefined) return { document: value as unknown as StressDocument }
  return { fault: `it is damaged: ${error.message}. Write it again with "coupon stress --json FILE".` }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function notOurs(text: string, value: unknown): string {
  const wants = 'wants a report that "coupon stress --json FILE" wrote.'
  if (text.trim() === '') return `it is empty, ${wants}`
  if (value === undefined) return `it is not JSON, ${wants}`
  const found = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (typeof found === 'string') return `its format is ${JSON.stringify(found.slice(0, 60))}, ${wants}`
  return `it is JSON, but no report; ${wants}`
}
