import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError, type ConfigFlags, claimStates, lookupName, messageOf } from '../../server/public/basics.ts'
import { createClaimRecords } from '../../server/public/database.ts'
import { type CommandAction, type CommandContext, exitCodes } from '../command.ts'
import { readWord } from '../options.ts'
import { withDatabase } from './with-database.ts'

export interface ExportFlags extends ConfigFlags {
  readonly coupon?: string
  readonly state?: string
  readonly user?: string
  readonly out?: string
}

/** The claims of a coupon as CSV, on stdout or in a file, which is there whole or not at all. */
export const exportClaims: CommandAction<ExportFlags> = async (flags, context) => {
  if (flags.coupon === undefined) throw new AppError('invalid', '--coupon: is missing, wants the coupon.')
  const state = readWord('--state', flags.state, claimStates)
  const query = { couponName: lookupName(flags.coupon), username: flags.user, state }
  await withDatabase(flags, context, async ({ pool, description }) => {
    context.ui.note(`Using ${description}.`)
    const texts = createClaimRecords(pool).csv(query)
    if (flags.out === undefined) await writeOut(texts, context)
    else await writeFile(flags.out, texts, context)
  })
  return exitCodes.good
}

/** Who closes the pipe, as `head` does, has read enough. */
async function writeOut(texts: AsyncIterable<string>, { ui, signal }: CommandContext): Promise<void> {
  try {
    await pipeline(Readable.from(texts), ui.stdout, { signal, end: false })
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EPIPE') throw error
  }
}

async function writeFile(
  path: string,
  texts: AsyncIterable<string>,
  { ui, signal }: CommandContext,
): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`
  try {
    const file = createWriteStream(unfinished, { flags: 'wx', flush: true })
    await pipeline(Readable.from(texts), file, { signal })
    await rename(unfinished, path)
    ui.note(`Wrote ${file.bytesWritten.toLocaleString('en-US')} bytes to ${path}.`)
  } catch (error) {
    await rm(unfinished, { force: true })
    const isFileFault = (error as { syscall?: unknown; path?: unknown }).path !== undefined
    if (!isFileFault) throw error
    throw new AppError('invalid', `--out: ${path} cannot be written: ${messageOf(error)}.`, { cause: error })
  }
}
