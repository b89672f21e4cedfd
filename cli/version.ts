import { readFileSync } from 'node:fs'

/** As package.json has it, which lies above this file, whether that is a source or compiled. */
export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const found = readIfThere(new URL('package.json', folder))
    if (found?.name === 'coupon') return found.version ?? 'unknown'
    if (folder.pathname === new URL('..', folder).pathname) return 'unknown'
  }
}

function readIfThere(file: URL): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
