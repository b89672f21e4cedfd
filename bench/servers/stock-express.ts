/** The claim route as anyone would write it, without a database: stock Express, its body parser, its settings. */
import { createServer } from 'node:http'
import express from 'express'
import { type Asked, serve, won } from './answers.ts'

const app = express()
app.use(express.json())
app.get('/healthcheck', (_request, response) => {
  response.json({ status: 200, data: 'Service is Running.' })
})
app.post('/api/coupons/claim', (request, response) => {
  response.json(won(request.body as Asked))
})
serve(createServer(app))
