/** Follows one connection of Postgres' protocol (version 3), to find the answer that ends a transaction. */
export interface AnswerWatch {
  /** Bytes on their way to the server. */
  sent(bytes: Buffer): void
  /**
   * Bytes on their way back. True when they hold the end of an answer to one of the statements, without an error and
   * outside of any transaction: what the statement did is committed.
   */
  tellsCommit(bytes: Buffer): boolean
}

/** The first message of a client that wants TLS (PostgreSQL documentation, "Message Formats"): nothing can be read then. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

const typeOf = { error: 0x45, ready: 0x5a } as const
/** "Idle, not in a transaction". */
const idle = 0x49
/** A type of one byte, and a length of four that counts itself. */
const headBytes = 5

/** @param executes whether bytes on their way to the server execute one of the statements that are looked for */
export function createAnswerWatch(executes: (bytes: Buffer) => boolean): AnswerWatch {
  let hasSent = false
  let isReadable = true
  let isAwaited = false
  let hasFailed = false
  let tells = false
  const read = createMessageReader((type, firstByte) => {
    if (type === typeOf.error) hasFailed = true
    if (type !== typeOf.ready || firstByte !== idle) return
    tells ||= isAwaited && !hasFailed
    isAwaited = false
    hasFailed = false
  })
  return {
    sent: (bytes) => {
      if (!hasSent) isReadable = !bytes.subarray(0, sslRequest.length).equals(sslRequest)
      hasSent = true
      isAwaited ||= isReadable && executes(bytes)
    },
    tellsCommit: (bytes) => {
      tells = false
      if (isReadable) read(bytes)
      return tells
    },
  }
}

/** Tells each message's type and the first byte of what it says, however the messages are cut into pieces. */
function createMessageReader(onMessage: (type: number, firstByte: number | null) => void) {
  const head = Buffer.alloc(headBytes + 1)
  let known = 0
  let left = 0

  return (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) {
      if (known < headBytes) {
        head[known] = bytes[at] ?? 0
        known += 1
        at += 1
        if (known < headBytes) continue
        left = head.readInt32BE(1) - 4
        if (left > 0) continue
        onMessage(head[0] ?? 0, null)
        known = 0
        continue
      }
      if (known === headBytes) {
        head[headBytes] = bytes[at] ?? 0
        known += 1
      }
      const taken = Math.min(left, bytes.length - at)
      left -= taken
      at += taken
      if (left > 0) continue
      onMessage(head[0] ?? 0, head[headBytes] ?? null)
      known = 0
    }
  }
}
