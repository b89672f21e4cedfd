import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../server/errors.ts'
import { type CommandAction, exitCodes } from '../command.ts'

export interface CreateFlags {
  readonly arguments: readonly string[]
}

/** Writes `migrations/NNNN_name.ts` and adds it to `migrations/index.ts` of the checkout in this folder. */
export const create: CommandAction<CreateFlags> = async (flags, { ui }) => {
  const [given = ''] = flags.arguments
  const words = given.toLowerCase().match(/[a-z0-9]+/g)
  if (words === null) throw new AppError('invalid', `got "${given}", wants words such as add_audience.`)
  const folder = join(process.cwd(), 'migrations')
  const index = join(folder, 'index.ts')
  if (!existsSync(index)) {
    throw new AppError(
      'invalid',
      'There is no migrations/index.ts here: run this in a source checkout of coupon.',
    )
  }
  const name = `${nextNumber(folder)}_${words.join('_')}`
  const identifier = identifierOf(words)
  writeFileSync(join(folder, `${name}.ts`), template(name, identifier), { flag: 'wx' })
  writeFileSync(index, withEntry(readFileSync(index, 'utf8'), name, identifier))
  ui.print(`Wrote migrations/${name}.ts and added it to migrations/index.ts.`)
  return exitCodes.good
}

function nextNumber(folder: string): string {
  const numbers = readdirSync(folder).map((file) => Number(/^(\d{4})_/.exec(file)?.[1] ?? 0))
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0')
}

/** A name for the constant: camel case; a single word may be one that JavaScript keeps for itself. */
function identifierOf(words: readonly string[]): string {
  const joined = words
    .map((word, place) => (place === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`))
    .join('')
  const named = words.length === 1 ? `${joined}Migration` : joined
  return /^[0-9]/.test(named) ? `migration${named}` : named
}

function template(name: string, identifier: string): string {
  return `import type { Migration } from './migration.ts'

/** Says why. */
export const ${identifier}: Migration = {
  name: '${name}',
  up: \`
  \`,
  down: \`
  \`,
}
`
}

function withEntry(index: string, name: string, identifier: string): string {
  const line = `import { ${identifier} } from './${name}.ts'\n`
  return index
    .replace(
      "import type { Migration } from './migration.ts'\n",
      `${line}import type { Migration } from './migration.ts'\n`,
    )
    .replace(/\n?\]\s*$/, (end) => (end.startsWith('\n') ? `\n  ${identifier},\n]\n` : `, ${identifier}]\n`))
}
