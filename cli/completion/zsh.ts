import type { Offer } from '../program/parts.ts'
import { casesOf } from './cases.ts'
import type { Named, Place } from './places.ts'

/** The completion for zsh, with descriptions: to be sourced after compinit, or to lie on fpath as `_coupon`. */
export function zshCompletion(places: readonly Place[]): string {
  const { commands, valued, values, operands } = casesOf(places)
  return `#compdef coupon
# Completion of coupon for zsh, written by "coupon completion zsh".

_coupon() {
  local prev=$words[CURRENT-1] place=coupon word
  local -i n=0 is_value=0 i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if ((is_value)); then
      is_value=0
      continue
    fi
    case "$place $word" in
      ${alternatives(commands)})
        place="$place $word"
        n=0
        ;;
      ${alternatives(valued)}) is_value=1 ;;
      *' -'*) ;;
      *) n+=1 ;;
    esac
  done
  if [[ $words[CURRENT] == --*=* ]]; then
    prev=\${words[CURRENT]%%=*}
    compset -P '*='
    is_value=1
  fi
  case "$place $prev" in
${values.map(([at, what]) => `    ${quoted(at)}) ${offered(what)} && return ;;`).join('\n')}
  esac
  ((is_value)) && return 1
  if [[ $words[CURRENT] == -* ]]; then
    case $place in
${places.map(({ path, options }) => `      ${quoted(path)}) offered=(${described(options)}) ;;`).join('\n')}
    esac
    _describe -o option offered
    return
  fi
  case $place in
${places
  .filter(({ commands: below }) => below.length > 0)
  .map(
    ({ path, commands: below }) =>
      `    ${quoted(path)}) offered=(${described(below)}); _describe command offered && return ;;`,
  )
  .join('\n')}
  esac
  case "$place $n" in
${operands.map(([at, what]) => `    ${patternOf(at)}) ${offered(what)} && return ;;`).join('\n')}
  esac
  return 1
}

if [[ $funcstack[1] == _coupon ]]; then
  _coupon "$@"
else
  compdef _coupon coupon
fi`
}

function offered({ words, isList, isFile }: Offer): string {
  const list = words.map(quoted).join(' ')
  const known = isList ? `{ compset -P '*,'; compadd -S '' -- ${list} }` : `compadd -- ${list}`
  const ways = [...(words.length > 0 ? [known] : []), ...(isFile ? ['_files'] : [])]
  return ways.length > 1 ? `{ ${ways.join('; ')} }` : ways.join('')
}

/** `name:what it is`, where a colon of the name's own is escaped. */
function described(names: readonly Named[]): string {
  return names
    .map(({ name, description }) => quoted(`${name.replaceAll(':', '\\:')}:${description}`))
    .join(' ')
}

function alternatives(texts: readonly string[]): string {
  return texts.map(quoted).join(' | ')
}

function patternOf(at: string): string {
  return at.endsWith('*') ? `${quoted(at.slice(0, -1))}*` : quoted(at)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
