import { createHash } from 'node:crypto'

/** A file of the page, as it is sent. */
export interface Asset {
  /** The whole `Content-Type`. */
  readonly type: string
  readonly body: Buffer
  /** The same, compressed; null where that would not be smaller. */
  readonly brotli: Buffer | null
  readonly gzip: Buffer | null
  /** With its quotes, as in the header. */
  readonly etag: string
  /** True when the name holds a hash of the content, so that it may be kept for ever. */
  readonly isImmutable: boolean
}

/** By the path of its URL: `/` and `/assets/…`. */
export type Assets = ReadonlyMap<string, Asset>

export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
}

/** What stands in manifest.json about one asset; its compressed forms lie beside it with `.br` and `.gz`. */
export interface ManifestEntry {
  /** Relative to the folder of the manifest. */
  readonly file: string
  readonly type: string
  readonly etag: string
  readonly isImmutable: boolean
  readonly encodings: readonly ('br' | 'gz')[]
}

export type Manifest = Readonly<Record<string, ManifestEntry>>
