import { type ConnectionFacts, connectionsOfServer } from '../../../server/public/database.ts'
import { count } from '../../words.ts'
import { error, type Finding, ok, warning } from './finding.ts'

/** A command such as `coupon verify`, and a person with psql, want in as well. */
const spare = 3

/** Whether all the server's processes get their connections; one more process runs while they are replaced in turn. */
export function judgeConnections(facts: ConnectionFacts, poolSizeMax: number, workers: number): Finding {
  const each = connectionsOfServer(poolSizeMax)
  const needed = each * workers
  const atRestart = workers > 1 ? each : 0
  const told = `${count(workers, 'server process', 'server processes')} of ${each} connections take ${needed}${atRestart > 0 ? `, ${needed + atRestart} while they are replaced in turn` : ''}; ${facts.limitedBy} allows ${facts.max}`
  const fewer = `make database.pool_size or --workers smaller, or raise the limit: ${raise(facts, needed + atRestart + facts.others + spare)}`
  if (needed > facts.max) return error('connections', `${told}: some would be refused.`, fewer)
  if (needed + atRestart + facts.others + spare > facts.max) {
    return warning('connections', `${told}, and other programs have ${facts.others} now.`, fewer)
  }
  return ok('connections', `${told}.`)
}

function raise({ limitedBy }: ConnectionFacts, wanted: number): string {
  const [kind, name] = limitedBy.split(' ')
  return name === undefined
    ? `ALTER SYSTEM SET max_connections = ${Math.ceil(wanted / 50) * 50}; and restart Postgres`
    : `ALTER ${String(kind).toUpperCase()} ${name} CONNECTION LIMIT ${wanted};`
}
