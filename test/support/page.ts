import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type Asset, type Assets, etagOf } from '../../server/dashboard/asset.ts'

/** Files as the page has them, small enough to be told from each other at a glance. */
export const pageAssets: Assets = new Map([
  ['/', assetOf('text/html; charset=utf-8', '<!doctype html><title>Coupons</title>', false)],
  ['/assets/app-1.js', assetOf('text/javascript; charset=utf-8', 'console.log(1)', true)],
  ['/assets/icon.svg', { ...assetOf('image/svg+xml', '<svg/>', true), brotli: null, gzip: null }],
])

function assetOf(type: string, text: string, isImmutable: boolean): Asset {
  const body = Buffer.from(text)
  const [brotli, gzip] = [brotliCompressSync(body), gzipSync(body)]
  return { type, body, brotli, gzip, etag: etagOf(body), isImmutable }
}
