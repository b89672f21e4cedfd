import { readFileSync } from 'node:fs'

interface Package {
  readonly name?: string
  readonly version?: string
  readonly engines?: { readonly node?: string }
}

/** As package.json has it. */
export function packageVersion(): string {
  return readPackage()?.version ?? 'unknown'
}

/** The Node that package.json wants: `>=20.20`. */
export function nodeRequired(): string {
  return readPackage()?.engines?.node ?? 'unknown'
}

/** package.json lies above this file, whether that is a source or compiled. */
function readPackage(): Package | undefined {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const found = readIfThere(new URL('package.json', folder))
    if (found?.name === 'coupon') return found
    if (folder.pathname === new URL('..', folder).pathname) return undefined
  }
}

function readIfThere(file: URL): Package | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
