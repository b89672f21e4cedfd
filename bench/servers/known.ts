/**
 * Answers everything alike, after a time that is known: `known.js 10` after 10 ms, without a number at once. `GET /stall`
 * stops all of it for a second.
 */
import { createServer, type ServerResponse } from 'node:http'
import { serve } from './answers.ts'

const delayMs = Number(process.argv[2] ?? 0)
const stallMs = 1000

const text = JSON.stringify({ status: 200, message: 'Done.' })
const headers = {
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': Buffer.byteLength(text),
}

function answer(response: ServerResponse): void {
  response.writeHead(200, headers)
  response.end(text)
}

serve(
  createServer((request, response) => {
    request.resume()
    if (request.url === '/stall') {
      answer(response)
      // When its answer is out.
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs))
    } else if (delayMs === 0) answer(response)
    else setTimeout(answer, delayMs, response)
  }),
)
