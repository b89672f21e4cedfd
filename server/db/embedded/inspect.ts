import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { embeddedFault } from './binaries.ts'
import { hasCluster } from './cluster.ts'
import { placeOf, urlOf } from './place.ts'
import { inspectPostmaster } from './postmaster.ts'

/** What there is in a folder for an embedded Postgres. */
export type EmbeddedFacts =
  /** Nothing yet: the first command that needs a database makes it. `fault` says why none could be made here. */
  | { readonly state: 'absent'; readonly fault: string | null }
  | { readonly state: 'stopped'; readonly fault: string | null }
  /** It starts or stops at this moment, or was killed while it did. */
  | { readonly state: 'changing'; readonly pid: number }
  | { readonly state: 'running'; readonly url: string }

/**
 * Looks, and neither makes nor starts anything.
 * @throws AppError 'unreachable' when the password of one that runs is lost
 */
export async function inspectEmbeddedPostgres(folder: string): Promise<EmbeddedFacts> {
  const fault = embeddedFault()
  if (!existsSync(folder)) return { state: 'absent', fault }
  const place = placeOf(await realpath(folder))
  if (!hasCluster(place)) return { state: 'absent', fault }
  const postmaster = inspectPostmaster(place.dataFolder)
  if (postmaster.state === 'absent') return { state: 'stopped', fault }
  if (postmaster.state === 'changing') return postmaster
  return { state: 'running', url: await urlOf(place, postmaster.port) }
}
