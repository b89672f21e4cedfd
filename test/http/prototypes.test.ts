import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { Router } from 'express'
import { request } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { boundPrototypes } from '../../server/http/prototypes.ts'

const test = suite('http: prototypes')

/** What the request and the response look like before Express has touched them, and inside a route. */
async function observe(isBound: boolean) {
  const app = express()
  const before: object[] = []
  const inside: object[] = []
  const router = Router()
  router.get('/seen', (req, res) => {
    inside.push(Object.getPrototypeOf(req), Object.getPrototypeOf(res))
    res.setHeader('x-ip', req.ip ?? '')
    res.json({ query: req.query })
  })
  app.use(router)
  const server = createServer(isBound ? boundPrototypes(app) : {}, (req, res) => {
    before.push(Object.getPrototypeOf(req), Object.getPrototypeOf(res))
    app(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { statusCode, headers, body } = await request(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/seen?a=1`,
  )
  const answer = { statusCode, ip: headers['x-ip'], body: await body.json() }
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
  return { app, before, inside, answer }
}

test('requests and responses have the prototypes of the application before Express sees them', async () => {
  const { app, before } = await observe(true)
  assert.is(before[0], app.request)
  assert.is(before[1], app.response)
})

test('an application without prototypes of Node’s classes gets Node’s own', () => {
  const app = express()
  assert.equal(boundPrototypes(Object.assign(app, { request: {} })), {})
})

test('bound or plain, a route sees the same', async () => {
  const bound = await observe(true)
  const plain = await observe(false)
  assert.is(bound.inside[0], bound.app.request)
  assert.is(bound.inside[1], bound.app.response)
  assert.is.not(plain.before[0], plain.app.request)
  assert.equal(bound.answer, plain.answer)
  assert.equal(bound.answer, { statusCode: 200, ip: '127.0.0.1', body: { query: { a: '1' } } })
})

test.run()
