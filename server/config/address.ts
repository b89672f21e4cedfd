import type { SettingPath } from './settings.ts'

/** The address as one URL, from `url` or from `host` and its companions; null when neither is given. */
export function addressOf(
  group: 'database' | 'redis',
  value: Record<SettingPath, unknown>,
  given: ReadonlyMap<string, unknown>,
): string | null {
  if (value[`${group}.url`] !== null) return String(value[`${group}.url`])
  if (!given.has(`${group}.host`) || value[`${group}.host`] === null) return null
  const part = (name: string) => encodeURIComponent(String(value[`${group}.${name}` as SettingPath]))
  const host = String(value[`${group}.host`])
  const place = `${host.includes(':') ? `[${host}]` : host}:${part('port')}`
  if (group === 'database') return `postgres://${part('user')}:${part('password')}@${place}/${part('name')}`
  const password = part('password')
  return `${value['redis.use_tls'] === true ? 'rediss' : 'redis'}://${password === '' ? '' : `:${password}@`}${place}`
}
