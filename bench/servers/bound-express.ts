/** Express over prototypes bound before it sees a request, without a database: every claim is told "sold out". */
import { createServer } from 'node:http'
import express from 'express'
import { boundPrototypes } from '../../server/http/prototypes.ts'
import { type Asked, serve, soldOut } from './answers.ts'

const app = express()
app.disable('etag')
app.disable('x-powered-by')
app.use(express.json())
app.get('/healthcheck', (_request, response) => {
  response.json({ status: 200, data: 'Service is Running.' })
})
app.post('/api/coupons/claim', (request, response) => {
  response.status(400).json(soldOut(request.body as Asked))
})
serve(createServer(boundPrototypes(app), app))
