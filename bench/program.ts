import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The compiled sources: what is measured is what is shipped. */
export interface Program {
  /** The path of a compiled file, by its source: `bin/coupon.ts`. */
  fileOf(source: string): string
  remove(): void
}

/**
 * Compiles the program and the bench's own processes. Not through tsx: it keeps the names of functions by a call to
 * `Object.defineProperty` for each closure that is made, and a claim makes several.
 */
export function compileProgram(): Program {
  // Below node_modules, where the packages are found.
  const folder = join(root, 'node_modules', '.cache', `coupon-bench-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const project = join(root, 'bench', 'tsconfig.json')
  const run = (...words: string[]) => spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' })
  const { stdout } = run(tsc, '-p', project, '--outDir', folder)
  const fileOf = (source: string) => join(folder, source.replace(/\.ts$/, '.js'))
  if (!existsSync(fileOf('bin/coupon.ts'))) throw new Error(`The program could not be compiled:\n${stdout}`)
  const page = join(folder, 'server', 'dashboard')
  const { status, stderr } = run('--import', 'tsx', join('server', 'dashboard', 'build.ts'), page)
  if (status !== 0) throw new Error(`The page could not be built:\n${stderr}`)
  return { fileOf, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
