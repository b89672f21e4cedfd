/** Makes the page's files out of `page/`. It needs esbuild and preact, which are development packages. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { AppError } from '../errors.ts'
import { type Asset, type Assets, etagOf } from './asset.ts'

const sources = fileURLToPath(new URL('page/', import.meta.url))
const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Throws, saying what to do, where the sources of the page or the development packages are missing. */
export async function bundlePage(): Promise<Assets> {
  if (!existsSync(`${sources}main.tsx`)) {
    const mend = 'Build it with "npm run build", or set dashboard.enabled to false.'
    throw new AppError('config', `The page of the server is not built. ${mend}`)
  }
  const files = await bundle()
  const named = files.map(({ path, contents }) => ({ name: basename(path), body: Buffer.from(contents) }))
  const page = await writeIndex(named.map(({ name }) => name))
  const assets = new Map<string, Asset>()
  assets.set('/', await assetOf(page, 'text/html; charset=utf-8', false))
  for (const { name, body } of named) {
    const type = types[extname(name)] ?? 'application/octet-stream'
    assets.set(`/assets/${name}`, await assetOf(body, type, true))
  }
  return assets
}

async function bundle() {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: {
      app: `${sources}main.tsx`,
      style: `${sources}style/page.css`,
      icon: `${sources}icon.svg`,
    },
    entryNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    outdir: 'out',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    banner: { js: await licences(['preact', 'uplot']) },
    logLevel: 'silent',
  })
  return outputFiles
}

/** The licences of what is bundled ask to go with every copy of it. */
async function licences(packages: readonly string[]): Promise<string> {
  const { resolve } = createRequire(import.meta.url)
  const texts = packages.map(async (name) => {
    const folder = dirname(resolve(`${name}/package.json`))
    return `/*! ${name}\n${(await readFile(`${folder}/LICENSE`, 'utf8')).trim()}\n*/`
  })
  return (await Promise.all(texts)).join('\n')
}

/** The template with the names that have hashes. */
async function writeIndex(names: readonly string[]): Promise<Buffer> {
  const template = await readFile(`${sources}index.html`, 'utf8')
  const page = template.replaceAll(/\/assets\/(\w+)\.(\w+)/g, (_path, stem: string, ending: string) => {
    const found = names.find((name) => name.startsWith(`${stem}-`) && name.endsWith(`.${ending}`))
    if (found === undefined) throw new Error(`index.html names ${stem}.${ending}, which was not made.`)
    return `/assets/${found}`
  })
  return Buffer.from(page)
}

async function assetOf(body: Buffer, type: string, isImmutable: boolean): Promise<Asset> {
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: body.length }
  const [brotli, gzipped] = await Promise.all([
    compressBrotli(body, { params }),
    compressGzip(body, { level: 9 }),
  ])
  const ifSmaller = (encoded: Buffer) => (encoded.length < body.length ? encoded : null)
  return { type, body, brotli: ifSmaller(brotli), gzip: ifSmaller(gzipped), etag: etagOf(body), isImmutable }
}
