import type { Config } from '../config.ts'
import type { Fault } from '../errors.ts'
import { exampleSecret } from './settings.ts'

/** An HS256 key shorter than its hash weakens the signature (RFC 7518, section 3.2). */
export const secretBytesMin = 32

/** What is wrong with a secret that was given; null when nothing is. The sentence does not repeat it. */
export function secretFault({ auth }: Pick<Config, 'auth'>): Fault | null {
  if (auth.mode !== 'token' || auth.secret === null || Buffer.byteLength(auth.secret) >= secretBytesMin)
    return null
  const value = `got a value of ${Buffer.byteLength(auth.secret)} bytes that is not shown here, wants at least ${secretBytesMin}`
  return { key: 'env.jwt_secret', value }
}

/** What keeps this configuration from being served; other commands work with it. */
export function servingFaults(config: Config, { allowsOpen }: { allowsOpen: boolean }): Fault[] {
  const { app, auth } = config
  const isProduction = app.env === 'production'
  if (auth.mode === 'open') {
    if (isProduction) {
      return [
        { key: 'env.auth.mode', value: 'got "open" with env.app.env "production", wants "token" there' },
      ]
    }
    if (allowsOpen || isLoopback(app.host)) return []
    const value = `got "${app.host}" in open mode, where whoever reaches it can do anything; wants a loopback address such as 127.0.0.1, or --allow-open, or auth.mode "token"`
    return [{ key: 'env.app.host', value }]
  }
  return isProduction ? productionSecretFaults(auth.secret) : []
}

/** A secret that is generated would differ from one machine to the next, and the example's is known to everybody. */
export function productionSecretFaults(secret: string | null): Fault[] {
  const wants = `wants at least ${secretBytesMin} random bytes of your own in JWT_SECRET, as "openssl rand -base64 32" makes them`
  if (secret === null)
    return [{ key: 'env.jwt_secret', value: `got none with env.app.env "production", ${wants}` }]
  return secret === exampleSecret
    ? [
        {
          key: 'env.jwt_secret',
          value: `got the value of env.example.json with env.app.env "production", ${wants}`,
        },
      ]
    : []
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host)
}
