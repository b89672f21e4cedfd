import { environmentVariables, flagSettings, settings } from '../../../server/public/basics.ts'
import { wrap } from '../../stress/report/wrap.ts'

const intro = `Configuration

A flag outweighs the environment, that outweighs env.json, and that the default.
env.json of the working folder is read if it is there; --config FILE names
another, --config none reads none. It is one object under the key "env", of
which the names below are the paths: "app.port" is env.app.port. Everything may
be left out. What is wrong is told all at once, and what is not known is wrong.

Durations are 500ms, 5s, 15m, 24h or 30d. "coupon doctor" tells what is wrong.
`

export function configuration(): string {
  const lines = Object.entries(settings).flatMap(([path, { initial, wants }]) => [
    `  ${path}${otherNames(path)}`,
    ...wrap(`${wants}; ${defaultOf(initial)}`, '      '),
  ])
  return [intro, ...lines].join('\n')
}

function otherNames(path: string): string {
  const isOfPath = ([, each]: readonly [string, string]) => each === path
  const names = [
    ...Object.entries(environmentVariables)
      .filter(isOfPath)
      .map(([name]) => name),
    ...Object.entries(flagSettings)
      .filter(isOfPath)
      .map(([name]) => `--${name}`),
  ]
  return names.length === 0 ? '' : `  (${names.join(', ')})`
}

function defaultOf(initial: string | number | boolean | null): string {
  return initial === null || initial === '' ? 'not set by default' : `by default ${JSON.stringify(initial)}`
}
