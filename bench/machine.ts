import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Where and with what a run was made. */
export interface Conditions {
  readonly date: string
  readonly machine: string
  readonly versions: string
  readonly commit: string
  readonly command: string
}

export function conditionsOf(words: readonly string[], postgres: string): Conditions {
  const [cpu] = cpus()
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  const node = `Node ${process.versions.node} (V8 ${process.versions.v8})`
  const packages = ['express', 'pg', 'autocannon', 'undici'].map((name) => `${name} ${versionOf(name)}`)
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${memoryGb} GB, ${type()} ${release()}`,
    versions: [node, `Postgres ${postgres}`, ...packages].join(', '),
    commit: commitNow(),
    command: ['npm run bench', ...(words.length === 0 ? [] : ['--', ...withoutAddress(words)])].join(' '),
  }
}

/** An address has a password in it. */
function withoutAddress(words: readonly string[]): string[] {
  return words.map((word, index) => {
    if (words[index - 1] === '--database') return 'URL'
    return word.startsWith('--database=') ? '--database=URL' : word
  })
}

function versionOf(name: string): string {
  const file = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url))
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function commitNow(): string {
  const git = (...words: string[]) =>
    spawnSync('git', words, { encoding: 'utf8', cwd: fileURLToPath(new URL('..', import.meta.url)) }).stdout
  const commit = git('rev-parse', '--short=12', 'HEAD').trim()
  if (commit === '') return 'unknown'
  const isChanged = git('status', '--porcelain', '--untracked-files=no').trim() !== ''
  return isChanged ? `${commit} and changes that are not committed` : commit
}
