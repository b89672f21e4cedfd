import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Asset, Assets, Manifest, ManifestEntry } from './asset.ts'

export type { Asset, Assets } from './asset.ts'

/** In the compiled program the page lies built beside this file; in the sources there is no manifest. */
const built = fileURLToPath(new URL('.', import.meta.url))

/**
 * The files of the page. Built ones are read; without them, as in a checkout that runs from source, the page is bundled
 * into memory, which takes some 0.3 s and the development packages. Throws when it can be neither read nor bundled.
 */
export async function loadAssets(folder = built): Promise<Assets> {
  const manifest = `${folder}/manifest.json`
  if (existsSync(manifest))
    return readAssets(folder, JSON.parse(await readFile(manifest, 'utf8')) as Manifest)
  const { bundlePage } = await import('./bundle.ts')
  return bundlePage()
}

async function readAssets(folder: string, manifest: Manifest): Promise<Assets> {
  const read = async ([path, entry]: [string, ManifestEntry]): Promise<[string, Asset]> => [
    path,
    await readAsset(folder, entry),
  ]
  return new Map(await Promise.all(Object.entries(manifest).map(read)))
}

async function readAsset(folder: string, { file, type, etag, isImmutable, encodings }: ManifestEntry) {
  const encoded = (ending: 'br' | 'gz') =>
    encodings.includes(ending) ? readFile(`${folder}/${file}.${ending}`) : null
  const [body, brotli, gzip] = await Promise.all([
    readFile(`${folder}/${file}`),
    encoded('br'),
    encoded('gz'),
  ])
  return { type, body, brotli, gzip, etag, isImmutable }
}
