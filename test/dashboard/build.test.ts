/** The files of the page: what they weigh, what names them, and that what is written is what is read. */

import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadAssets } from '../../server/dashboard/assets.ts'

const test = suite('dashboard/build')
const root = fileURLToPath(new URL('../..', import.meta.url))

test('bundled from source: under 100 kB in all with gzip, and each compressed form is the file', async () => {
  const assets = await loadAssets()
  let bytes = 0
  for (const { body, gzip, brotli } of assets.values()) {
    bytes += (gzip ?? body).length
    if (gzip !== null) assert.ok(gunzipSync(gzip).equals(body))
    if (brotli !== null) assert.ok(brotliDecompressSync(brotli).equals(body))
  }
  assert.ok(bytes < 100_000, `${bytes} bytes`)
})

test('the page names its files by their hashes, and nothing of another host', async () => {
  const assets = await loadAssets()
  const page = String(assets.get('/')?.body)
  const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!)
  assert.equal(named.sort(), [...assets.keys()].filter((path) => path !== '/').sort())
  assert.not.match(page, /https?:|<style|<script(?![^>]*src=)/)
  for (const [path, { isImmutable }] of assets) assert.is(isImmutable, path !== '/')
})

test('the licences of what is bundled go with it', async () => {
  const script = [...(await loadAssets())].find(([path]) => path.endsWith('.js'))?.[1]
  assert.match(String(script?.body), /preact\n[\s\S]*MIT License[\s\S]*uplot\n[\s\S]*MIT License/i)
})

test('written and read again it is the same, and the build prints what it weighs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coupon-page-'))
  try {
    const args = ['--import', 'tsx', join('server', 'dashboard', 'build.ts'), folder]
    const { stdout, status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    assert.is(status, 0, stderr)
    assert.match(stdout, /^The page weighs [\d.]+ kB with brotli, [\d.]+ kB with gzip/)
    const [fresh, read] = [await loadAssets(), await loadAssets(folder)]
    assert.equal([...read.keys()], [...fresh.keys()])
    for (const [path, asset] of fresh) assert.equal(read.get(path), asset, path)
    assert.match(await readFile(join(folder, 'index.html'), 'utf8'), /<!doctype html>/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test.run()
