/**
 * `node --import tsx server/dashboard/build.ts [FOLDER]` writes the page into FOLDER, dist/server/dashboard when it is not
 * said, with its compressed forms and the manifest that `loadAssets` reads, and prints what it weighs.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Assets, Manifest } from './asset.ts'
import { bundlePage } from './bundle.ts'

/** What a browser without anything kept takes in, with gzip, the worse of the two. */
const weightBytesMax = 100_000

await buildPage(process.argv[2] ?? 'dist/server/dashboard')

async function buildPage(folder: string): Promise<void> {
  const assets = await bundlePage()
  await rm(join(folder, 'assets'), { recursive: true, force: true })
  const manifest: Record<string, Manifest[string]> = {}
  for (const [path, { type, body, brotli, gzip, etag, isImmutable }] of assets) {
    const file = path === '/' ? 'index.html' : path.slice(1)
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), body)
    if (brotli !== null) await writeFile(join(folder, `${file}.br`), brotli)
    if (gzip !== null) await writeFile(join(folder, `${file}.gz`), gzip)
    const encodings = [...(brotli === null ? [] : ['br' as const]), ...(gzip === null ? [] : ['gz' as const])]
    manifest[path] = { file, type, etag, isImmutable, encodings }
  }
  // Last, so that a manifest never names what is not there.
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  report(assets)
}

function report(assets: Assets): void {
  const bytes = { raw: 0, gzip: 0, brotli: 0 }
  for (const { body, gzip, brotli } of assets.values()) {
    bytes.raw += body.length
    bytes.gzip += (gzip ?? body).length
    bytes.brotli += (brotli ?? body).length
  }
  const kB = (count: number) => `${(count / 1000).toFixed(1)} kB`
  const text = `The page weighs ${kB(bytes.brotli)} with brotli, ${kB(bytes.gzip)} with gzip, ${kB(bytes.raw)} plain.\n`
  process.stdout.write(text)
  if (bytes.gzip <= weightBytesMax) return
  process.stderr.write(`That is more than ${kB(weightBytesMax)} compressed: take something out of it.\n`)
  process.exitCode = 1
}
