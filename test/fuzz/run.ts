/** `npm run fuzz -- --requests N --seed S`: hostile requests to a server of its own; exit code 1 when one shows a fault. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { holdCluster } from '../support/database.ts'
import { skipSync } from '../support/skip-sync.ts'
import { type Figures, fuzz } from './fuzz.ts'
import { openTarget } from './target.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    lanes: { type: 'string', default: '24' },
  },
})

const [requests, seed, lanes] = [values.requests, values.seed, values.lanes].map(Number) as [
  number,
  number,
  number,
]
if (
  ![requests, lanes].every((each) => Number.isSafeInteger(each) && each > 0) ||
  !Number.isSafeInteger(seed)
) {
  console.error('--requests and --lanes want a whole number from 1, --seed a whole number.')
  process.exitCode = 2
} else await run()

async function run(): Promise<void> {
  console.error(`${requests} requests, --seed ${seed} --lanes ${lanes}`)
  const { url, release } = await holdCluster()
  await skipSync(url)
  const target = await openTarget()
  try {
    const { failure, ...figures } = await fuzz(target, {
      requests,
      seed,
      lanes,
      onProgress: (now) => console.error(rate(now)),
    })
    console.log(table(figures))
    console.log(rate(figures))
    if (failure !== null) {
      console.log(
        `FAILED in lane ${failure.lane}; again: npm run fuzz -- --requests ${requests} --seed ${seed} --lanes ${lanes}`,
      )
      console.log(failure.report)
      process.exitCode = 1
    } else console.log('PASSED: no answer is a fault, each is as described, the stock adds up.')
  } finally {
    await target.close()
    await release()
  }
}

function rate({ sent, durationMs, slowestMs }: Figures): string {
  const perSecond = Math.round((sent / durationMs) * 1000)
  return `${sent} requests in ${(durationMs / 1000).toFixed(1)} s: ${perSecond} requests/s, the slowest ${Math.round(slowestMs)} ms`
}

function table({ answers }: Figures): string {
  return [...answers]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([operation, counts]) => {
      const told = [...counts].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
      return `${operation.padEnd(18)} ${told.join('  ')}`
    })
    .join('\n')
}
