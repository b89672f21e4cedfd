import { randomUUID } from 'node:crypto'
import type { AddressInfo, Server } from 'node:net'

/** What a claim says. */
export interface Asked {
  readonly user_id: string
  readonly coupon_name: string
}

/** What `coupon serve --auth open` answers to a claim that wins. */
export function won({ user_id, coupon_name }: Asked): object {
  return { status: 200, message: `Coupon ${coupon_name} is successfully claimed by user ${user_id}.` }
}

/** What it answers when nothing is left. */
export function soldOut({ coupon_name }: Asked): object {
  return {
    status: 400,
    message: `Coupon ${coupon_name} is not usable because no stock remaining`,
    kind: 'business_validation_error',
    reference_id: randomUUID(),
  }
}

/** Listens, tells where, and ends with the process that started this one. */
export function serve(server: Server): void {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.on('SIGINT', () => {})
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    const { port } = server.address() as AddressInfo
    process.send?.({ type: 'listening', url: `http://127.0.0.1:${port}` })
  })
}
