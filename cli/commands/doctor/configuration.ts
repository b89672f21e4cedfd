import {
  type ConfigReading,
  exampleSecret,
  isLoopback,
  secretSettings,
} from '../../../server/public/basics.ts'
import { count, listed } from '../../words.ts'
import { error, type Finding, note, ok, warning } from './finding.ts'

const newSecret = 'set JWT_SECRET to what "openssl rand -base64 32" prints, the same for every server'

/** What serve would read, and what it would refuse or warn of. */
export function judgeConfiguration(reading: ConfigReading, workers: number): Finding[] {
  const { config, faults } = reading
  return [
    ...(faults.length === 0 ? [ok('settings', toldOrigins(reading))] : []),
    ...faults.map(({ key, value }) => error('settings', `${key}: ${value}.`, `correct ${key}`)),
    judgeMode(reading),
    ...judgeSecret(reading),
    ...judgeProduction(config),
    ...judgeLimits(config, workers),
  ]
}

function toldOrigins({ origins }: ConfigReading): string {
  const names = [...new Set(origins.values())]
  return names.length === 0
    ? 'Nothing is configured: all settings have their defaults.'
    : `${count(origins.size, 'setting')} from ${listed(names)}; the others have their defaults.`
}

function judgeMode({ config: { auth, app } }: ConfigReading): Finding {
  if (auth.mode === 'token') return ok('auth', 'Who asks must have a signed token.')
  return isLoopback(app.host)
    ? note('auth', 'Open mode: whoever is on this machine can claim for anyone and make coupons.')
    : warning(
        'auth',
        `Open mode on ${app.host}: whoever can reach this address can claim for anyone and make coupons. serve refuses it without --allow-open.`,
        'set auth.mode to "token", or app.host to 127.0.0.1',
      )
}

/** What production demands is a fault of the settings already. */
function judgeSecret({ config, origins }: ConfigReading): Finding[] {
  const { auth, database } = config
  if (auth.mode === 'open') return []
  if (auth.secret === exampleSecret) {
    const found =
      'jwt_secret is that of env.example.json, which everybody knows: whoever wants can sign tokens for any user.'
    return [warning('jwt_secret', found, newSecret)]
  }
  if (auth.secret !== null) return [ok('jwt_secret', `It comes from ${origins.get('jwt_secret')}.`)]
  if (database.url === null || isLoopback(hostOf(database.url))) {
    return [ok('jwt_secret', 'None is configured: serve keeps one in .coupon/jwt_secret.')]
  }
  const found =
    "None is configured, and the database is on another machine: servers on several machines would each make their own, and refuse each other's tokens."
  return [warning('jwt_secret', found, newSecret)]
}

function judgeProduction({ app, database }: ConfigReading['config']): Finding[] {
  if (app.env !== 'production' || database.url !== null) return []
  const found =
    'app.env is "production" with the embedded Postgres, which is for trying: it lives as long as a command uses it, and nobody makes backups of it.'
  return [warning('production', found, 'set DATABASE_URL to a Postgres of yours')]
}

function judgeLimits({ redis, rateLimit }: ConfigReading['config'], workers: number): Finding[] {
  const rates = [rateLimit.login, rateLimit.register, rateLimit.claim].flatMap((each) => Object.values(each))
  if (workers === 1 || redis.url !== null || rates.every((rate) => rate === null)) return []
  const found = `Without a Redis each of ${workers} processes counts for itself what rate_limit allows: up to ${workers} times as much passes.`
  return [note('rate_limit', found, 'set REDIS_URL')]
}

/** Whether others of this machine can read secrets that a file of the configuration holds. `mode` is the file's. */
export function judgeFileMode({ origins }: ConfigReading, file: string, mode: number): Finding[] {
  const held = secretSettings.filter((path) => origins.get(path) === file)
  if (held.length === 0) return []
  return (mode & 0o077) === 0
    ? [ok('file_mode', `${file} holds ${listed(held)}, and you alone may read it.`)]
    : [
        warning(
          'file_mode',
          `${file} holds ${listed(held)}, and others of this machine may read it.`,
          `chmod 600 ${file}`,
        ),
      ]
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}
