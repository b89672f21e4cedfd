import type { Offer } from '../program/parts.ts'
import { casesOf } from './cases.ts'
import type { Place } from './places.ts'

/**
 * The completion for bash, 3.2 (macOS) and later. Bash breaks words at `=`, so `--port=1` comes as three. A file's name is left
 * to compgen, and its quoting to readline, where there is a `compopt` to ask it (4.0).
 */
export function bashCompletion(places: readonly Place[]): string {
  const { commands, valued, values, operands } = casesOf(places)
  return `# Completion of coupon for bash, written by "coupon completion bash".

_coupon_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$2")
}

_coupon_list() {
  local word done=\${2%"\${2##*,}"}
  compopt -o nospace 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$done$word"); done < <(compgen -W "$1" -- "\${2##*,}")
}

_coupon_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$1")
}

_coupon() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} place=coupon word i
  local -i n=0 is_value=0
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((is_value)); then
      [[ $word == '=' ]] || is_value=0
      continue
    fi
    case "$place $word" in
      ${commands.map(quoted).join(' | ')})
        place="$place $word"
        n=0
        ;;
      ${valued.map(quoted).join(' | ')})
        is_value=1
        ;;
      *' -'*) ;;
      *) n+=1 ;;
    esac
  done
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "$place $prev" in
${values.map(([at, what]) => `    ${quoted(at)}) ${offered(what)} ;;`).join('\n')}
  esac
  ((is_value || \${#COMPREPLY[@]})) && return
  if [[ $cur == -* ]]; then
    case $place in
${places.map(({ path, options }) => `      ${quoted(path)}) _coupon_words ${quoted(options.map(({ name }) => name).join(' '))} "$cur" ;;`).join('\n')}
    esac
    return
  fi
  case $place in
${places
  .filter(({ commands: below }) => below.length > 0)
  .map(
    ({ path, commands: below }) =>
      `    ${quoted(path)}) _coupon_words ${quoted(below.map(({ name }) => name).join(' '))} "$cur" ;;`,
  )
  .join('\n')}
  esac
  case "$place $n" in
${operands.map(([at, what]) => `    ${patternOf(at)}) ${offered(what)} ;;`).join('\n')}
  esac
}

complete -F _coupon coupon`
}

function offered({ words, isList, isFile }: Offer): string {
  const known = `${isList ? '_coupon_list' : '_coupon_words'} ${quoted(words.join(' '))} "$cur"`
  return [...(words.length > 0 ? [known] : []), ...(isFile ? ['_coupon_files "$cur"'] : [])].join('; ')
}

/** `'coupon report '*` for operands that come several times. */
function patternOf(at: string): string {
  return at.endsWith('*') ? `${quoted(at.slice(0, -1))}*` : quoted(at)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
