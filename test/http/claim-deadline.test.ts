/** `context.timeout` is the whole time of a change: what it takes to find the claim counts. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import { request } from 'undici'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { claimLifeRoutes } from '../../server/http/claim-life.ts'

const timeoutMs = 2000
const claim = {
  id: '7',
  coupon_name: 'ONE',
  user_id: 'ada',
  state: 'held' as const,
  created_at: new Date(0),
  updated_at: new Date(0),
  held_until: null,
}

for (const [method, path] of [
  ['POST', '/claims/7/confirm'],
  ['DELETE', '/claims/7'],
] as const) {
  test(`${method} ${path}: the deadline runs from the request, not from when the claim was found`, async () => {
    let findMs = Number.POSITIVE_INFINITY
    let untilMs = Number.NaN
    const change =
      (state: 'confirmed' | 'released') => async (_id: string, _change: object, deadlineMs: number) => {
        untilMs = deadlineMs
        return state
      }
    const routes = claimLifeRoutes({
      timeoutMs,
      authenticate: () => ({ username: 'ada', isAdmin: false }),
      claimRecords: {
        find: async () => {
          findMs = performance.now()
          await pause(20)
          return claim
        },
        events: async () => [],
      },
      life: { confirm: change('confirmed'), release: change('released'), close: async () => {} },
    })
    const server = createServer(express().use(routes)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const { statusCode, body } = await request(url, { method, reset: true })
    await body.dump()
    server.close()
    assert.is(statusCode, 200)
    assert.ok(untilMs <= findMs + timeoutMs, `${untilMs - findMs - timeoutMs} ms later`)
  })
}

test.run()
