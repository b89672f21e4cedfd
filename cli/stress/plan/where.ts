import { listed } from '../../words.ts'
import type { StressFlags } from '../plan.ts'
import { type PlanReader, quote } from './reader.ts'

/** Which server is stormed, and who signs in there. */
export interface Where {
  readonly url: string | null
  readonly login: string | null
  readonly strategies: readonly (string | null)[]
}

/** `known`: the strategies that a server of our own has; without them any name is taken. */
export function readWhere(flags: StressFlags, read: PlanReader, known?: readonly string[]): Where {
  return {
    url: readUrl(flags, read),
    login: readLogin(flags, read),
    strategies: readStrategies(flags, read, known),
  }
}

function readStrategies(
  { strategy, compare, url }: StressFlags,
  read: PlanReader,
  known: readonly string[] = [],
): readonly (string | null)[] {
  const isKnown = (name: string) => known.length === 0 || known.includes(name)
  if (compare !== undefined) {
    if (url !== undefined) {
      read.fault(
        '--compare',
        `got ${quote(compare)} together with --url, but that server has its own; wants one of the two`,
      )
    }
    if (strategy !== undefined) {
      read.fault('--strategy', `got ${quote(strategy)} together with --compare, wants one of the two`)
    }
    return read.value('--compare', compare, {
      parse: (text) => parseNames(text, isKnown),
      wants: `two or more ${known.length === 0 ? 'strategies' : `of ${listed(known)}`}, each once, such as batch,atomic`,
      initial: [],
    })
  }
  if (strategy === undefined) return [null]
  if (url !== undefined) {
    read.fault(
      '--strategy',
      `got ${quote(strategy)} together with --url, but that server has its own; wants one of the two`,
    )
  } else if (!isKnown(strategy)) {
    read.fault('--strategy', `got ${quote(strategy)}, wants one of ${known.join(', ')}`)
  }
  return [strategy]
}

function parseNames(text: string, isKnown: (name: string) => boolean): readonly string[] | null {
  const names = text.split(',').map((name) => name.trim())
  const areFine = names.length > 1 && names.every((name) => name !== '' && isKnown(name))
  return areFine && new Set(names).size === names.length ? names : null
}

function readLogin({ login, url }: StressFlags, read: PlanReader): string | null {
  if (login === undefined || (url !== undefined && login !== '')) return login ?? null
  read.fault('--login', `got ${quote(login)}, wants the username of an admin, together with --url`)
  return null
}

function readUrl({ url: text, yes }: StressFlags, read: PlanReader): string | null {
  if (text === undefined) return null
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    read.fault('--url', `got ${quote(text)}, wants an address such as http://127.0.0.1:9000`)
    return null
  }
  if (url.username !== '' || url.password !== '') {
    read.fault('--url', 'got an address with a name or password in it, wants one without')
    return null
  }
  if (!isThisMachine(url.hostname) && yes !== true) {
    read.fault('--url', `got ${quote(text)}, which is not this machine; say --yes if it is yours to storm`)
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** Names and addresses of the loopback interface only: any other may be somebody else's machine. */
export function isThisMachine(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname)
}
