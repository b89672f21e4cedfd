/** What a real shell offers for a line, once it has read the completion's script. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Shell } from '../../cli/completion/shells.ts'

export interface CompletingShell {
  /** The words offered for the last word of the line, which is empty when the line ends in a space. */
  complete(line: string): string[]
}

export interface ShellOptions {
  /** The completion's script. */
  readonly script: string
  /** Where it works, and where the script is put. */
  readonly folder: string
}

export function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['--version']).status === 0
}

export function openShell(shell: Shell, { script, folder }: ShellOptions): CompletingShell {
  writeFileSync(join(folder, '.script'), script)
  if (shell === 'zsh') writeFileSync(join(folder, '.zshrc'), zshrc)
  const arguments_ = { bash: ofBash, zsh: ofZsh, fish: ofFish }[shell]
  return {
    complete: (line) => {
      const { stdout, stderr, status } = spawnSync(shell, arguments_(line), {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: folder, ZDOTDIR: folder, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
        timeout: 20_000,
      })
      if (status !== 0) throw new Error(`${shell} ended with ${status}: ${stdout}${stderr}`)
      return stdout
        .split('\n')
        .map((each) => each.replace(/\t.*$/, '').replaceAll('\r', ''))
        .filter((each) => each !== '')
    },
  }
}

/** As readline calls it, with the words as bash breaks them: at spaces, and around each "=". */
function ofBash(line: string): string[] {
  const words = line.split(/ |(=)/).filter((word) => word !== undefined)
  const broken = words.filter((word, n) => word !== '' || n === words.length - 1)
  const call = `source .script
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_coupon
((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
true`
  return ['--norc', '--noprofile', '-c', call, 'bash', ...broken]
}

function ofFish(line: string): string[] {
  return ['--no-config', '-c', 'source .script; complete --do-complete $argv[1]', line]
}

/**
 * zsh completes in its line editor alone, so one with a terminal of its own is asked. Its compadd tells the words that it is
 * given and that match, between two marks, before it does its work.
 */
const zshrc = `PROMPT= RPROMPT=
autoload -Uz compinit && compinit -C -d $ZDOTDIR/.zcompdump
source .script
mark() { print -r -- '#mark' }
compprefuncs=(mark)
comppostfuncs=(mark)
compadd() {
  local -a taken
  if [[ \${argv[(I)-[OAD]]} -eq 0 ]]; then
    builtin compadd -O taken "$@"
    ((\${#taken})) && print -rl -- $taken
  fi
  builtin compadd "$@"
}
bindkey '^I' complete-word
unsetopt automenu listbeep
zle-line-init() { print -r -- '#ready' }
zle -N zle-line-init
`

const askZsh = `zmodload zsh/zpty
zpty asked zsh -d -i
zpty -r asked out '*#ready*'
zpty -n -w asked "$1"$'\t'
zpty -r asked out '*#mark*#mark*'
out=\${out#*#mark}
print -r -- "\${out%%#mark*}"
zpty -d asked`

function ofZsh(line: string): string[] {
  return ['-f', '-c', askZsh, 'zsh', line]
}
