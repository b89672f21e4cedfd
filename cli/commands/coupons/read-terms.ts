import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import {
  type AudienceWish,
  instantWish,
  parseInstant,
  type TermsWish,
  usernamesOfCsv,
} from '../../../server/public/basics.ts'
import type { createFlagReader } from '../../options.ts'

/** The flags of terms, as they are typed. */
export interface TermsFlags {
  readonly startsAt?: string
  readonly endsAt?: string
  readonly audience?: string
  readonly audienceFile?: string
  readonly reclaimable?: boolean
  readonly notReclaimable?: boolean
}

export type FlagReader = ReturnType<typeof createFlagReader>

/** The terms that the flags name; their faults are left with `read`. */
export async function readTerms(
  flags: TermsFlags,
  read: FlagReader,
  signal: AbortSignal,
): Promise<TermsWish> {
  return {
    starts_at: readTime('--starts-at', flags.startsAt, read),
    ends_at: readTime('--ends-at', flags.endsAt, read),
    reclaimable: readEither(flags.reclaimable, flags.notReclaimable, read, '--reclaimable'),
    audience: await readAudience(flags, read, signal),
  }
}

/** True or false by the flag that is there, `undefined` without; both are a fault. */
export function readEither(
  yes: boolean | undefined,
  no: boolean | undefined,
  read: FlagReader,
  flag: string,
): boolean | undefined {
  if (yes === true && no === true) read.fault(flag, 'got it together with its opposite, wants one of them')
  return yes === true ? true : no === true ? false : undefined
}

function readTime(flag: string, text: string | undefined, read: FlagReader): Date | null | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return null
  const instant = parseInstant(text)
  if (instant === null) read.fault(flag, `got ${JSON.stringify(text)}, ${instantWish}, or none`)
  return instant
}

const registered = /^registered-(before|after):(.*)$/

async function readAudience(
  { audience, audienceFile }: TermsFlags,
  read: FlagReader,
  signal: AbortSignal,
): Promise<AudienceWish | undefined> {
  if (audience !== undefined && audienceFile !== undefined) {
    read.fault('--audience-file', 'got it together with --audience, wants one of them')
  }
  if (audienceFile !== undefined) return readFile('--audience-file', audienceFile, read, signal)
  if (audience === undefined) return undefined
  if (audience === 'everyone') return { kind: 'everyone' }
  const [, when, text = ''] = registered.exec(audience) ?? []
  if (when === undefined) return readFile('--audience', audience, read, signal)
  const at = parseInstant(text)
  if (at === null) {
    read.fault('--audience', `got ${JSON.stringify(audience)}, after the ":" it ${instantWish}`)
    return undefined
  }
  return { kind: when === 'before' ? 'registered_before' : 'registered_after', at }
}

/** Opened when it is read: a fault of the flags must not leave it open. */
async function readFile(
  flag: string,
  path: string,
  read: FlagReader,
  signal: AbortSignal,
): Promise<AudienceWish | undefined> {
  try {
    await access(path, constants.R_OK)
    if ((await stat(path)).isDirectory()) throw new Error('It is a folder.')
    return { kind: 'list', usernames: usernamesOfCsv(createChunks(path, signal)) }
  } catch {
    const others = 'everyone, registered-before:TIME, registered-after:TIME or a CSV file of usernames'
    const wants = flag === '--audience' ? others : 'a CSV file of usernames'
    read.fault(flag, `got ${JSON.stringify(path)}, which is no file that can be read; wants ${wants}`)
    return undefined
  }
}

async function* createChunks(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { signal })
}
