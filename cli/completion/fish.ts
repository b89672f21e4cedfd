import type { Offer } from '../program/parts.ts'
import { casesOf } from './cases.ts'
import type { Named, Place } from './places.ts'

/** The words of a list with commas: all that stands before the last comma stays. */
const listFunction = `function __coupon_list
    set -l done (string replace -r '[^,]*$' '' -- $argv[1])
    printf '%s\\n' $done$argv[2..-1]
end`

/** `--strategy=a` comes as one word. */
const splitAtEquals = `    set -l given ''
    if string match -qr -- '^--[^=]+=' $cur
        set given (string replace -r -- '=.*' '=' $cur)
        set prev (string replace -r -- '=.*' '' $cur)
        set cur (string replace -r -- '^[^=]*=' '' $cur)
        set is_value 1
    end`

/** The completion for fish 3 and later, with descriptions. */
export function fishCompletion(places: readonly Place[]): string {
  const { commands, valued, values, operands } = casesOf(places)
  return `# Completion of coupon for fish, written by "coupon completion fish".

${listFunction}

function __coupon_complete
    set -l tokens (commandline -opc)
    set -l cur (commandline -ct)
    set -l prev $tokens[-1]
    set -l place coupon
    set -l n 0
    set -l is_value 0
    for word in $tokens[2..-1]
        if test $is_value -eq 1
            set is_value 0
            continue
        end
        switch "$place $word"
            case ${list(commands)}
                set place "$place $word"
                set n 0
            case ${list(valued)}
                set is_value 1
            case '* -*'
            case '*'
                set n (math $n + 1)
        end
    end
${splitAtEquals}
    switch "$place $prev"
${values.map(([at, what]) => `        case ${quoted(at)}\n            ${offered(what)}`).join('\n')}
        case '*'
            test $is_value -eq 1; and return
    end
    test $is_value -eq 1; and return
    if string match -q -- '-*' $cur
        switch $place
${places.map(({ path, options }) => `            case ${quoted(path)}\n                printf '%s\\t%s\\n' ${described(options)}`).join('\n')}
        end
        return
    end
    switch $place
${places
  .filter(({ commands: below }) => below.length > 0)
  .map(
    ({ path, commands: below }) =>
      `        case ${quoted(path)}\n            printf '%s\\t%s\\n' ${described(below)}`,
  )
  .join('\n')}
    end
    switch "$place $n"
${operands.map(([at, what]) => `        case ${quoted(at)}\n            ${offered(what)}`).join('\n')}
    end
end

complete -c coupon -f -a '(__coupon_complete)'`
}

/** `$given` is what stands before the value in one word with it: `--strategy=`. */
function offered({ words, isList, isFile }: Offer): string {
  const known = isList
    ? `__coupon_list $given$cur ${list(words)}`
    : `printf '%s\\n' $given${list(words, ' $given')}`
  return [
    ...(words.length > 0 ? [known] : []),
    ...(isFile ? ["printf '%s\\n' $given(__fish_complete_path $cur)"] : []),
  ].join('\n            ')
}

function described(names: readonly Named[]): string {
  return names.map(({ name, description }) => `${quoted(name)} ${quoted(description)}`).join(' ')
}

function list(texts: readonly string[], separator = ' '): string {
  return texts.map(quoted).join(separator)
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
