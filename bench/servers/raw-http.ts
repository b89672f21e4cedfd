/** As little as Node can do for a claim: read, parse, answer. */
import { createServer } from 'node:http'
import { type Asked, serve, won } from './answers.ts'

serve(
  createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const asked = JSON.parse(body === '' ? '{}' : body) as Asked
      const text = JSON.stringify(won(asked))
      response.writeHead(200, {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
      })
      response.end(text)
    })
  }),
)
