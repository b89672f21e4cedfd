import { environmentVariables } from '../../../server/public/basics.ts'

/** Those that are read beside the configuration, and by what. */
const others = {
  COUPON_PASSWORD: 'the password for "coupon stress --login", which is no flag',
  COUPON_DEBUG: '1 shows where an error came from',
  NO_COLOR: 'no colours; FORCE_COLOR outweighs it',
  FORCE_COLOR: 'colours without a terminal, 0 for none',
  CI: 'no live bars, and nobody is asked',
} as const

export function environment(): string {
  const rows = [
    ...Object.entries(environmentVariables).map(([name, path]) => [name, `sets ${path}`] as const),
    ...Object.entries(others),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return `Environment

These outweigh env.json and are outweighed by flags. An empty one counts as
unset. DATABASE_URL and REDIS_URL take the place of the whole group of env.json.

${rows.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`).join('\n')}

"coupon help configuration" tells what each setting takes.`
}
