/** What a visitor sends at once, and where: races that only two servers, or two connections, can lose. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDraw } from '../../cli/chaos/draw.ts'
import type { Operation } from '../../cli/chaos/history.ts'
import { scenarios } from '../../cli/chaos/load/scenarios.ts'
import type { Visitor } from '../../cli/chaos/load/visitor.ts'
import { operationOf, told } from '../support/chaos-evidence.ts'

const test = suite('chaos: scenarios')

const servers = ['server 1', 'server 2'].map((name) => ({ name, url: `http://${name}` }))

/** A visitor whose claims are won at once, and who writes down how many changes of it are under way together. */
function watchedVisitor() {
  const asked: { kind: string; first: string | undefined; together: number }[] = []
  let underWay = 0
  const change =
    (kind: string): Visitor['release'] =>
    async (claim, { first } = {}) => {
      underWay += 1
      asked.push({ kind, first: first?.name, together: underWay })
      await Promise.resolve()
      underWay -= 1
      return claim
    }
  const won: Operation = operationOf({}, told(0, 'claimed', { claimId: '7' }))
  const account = () => ({ user: 1, coupon: 'ONE' })
  const visitor: Visitor = {
    draw: createDraw(1),
    servers,
    newcomer: account,
    returner: account,
    straggler: account,
    newKey: () => 'k',
    claim: async () => won,
    confirm: change('confirm'),
    release: change('release'),
    look: async (claim) => claim,
    lookAtCoupon: async () => won,
  }
  return { visitor, asked }
}

const races = {
  releasesTwice: ['release', 'release'],
  confirmsAndReleases: ['confirm', 'release'],
  releasesAtTheEnd: ['release', 'release'],
} as const

for (const [name, kinds] of Object.entries(races) as [keyof typeof races, readonly string[]][]) {
  test(`${name}: both are under way at once, at two servers`, async () => {
    const { visitor, asked } = watchedVisitor()
    await scenarios[name](visitor)
    assert.equal(
      asked.map(({ kind }) => kind),
      kinds,
    )
    assert.is(asked[1]?.together, 2)
    assert.is(new Set(asked.map(({ first }) => first)).size, 2)
  })
}

test.run()
