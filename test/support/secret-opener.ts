/** A process that finds or makes the secret of a folder when told, and tells it. Argument: the folder. */
import { provideSecret } from '../../server/auth/secret.ts'
import { loadConfig } from '../../server/config.ts'

const [folder = ''] = process.argv.slice(2)
const config = loadConfig({ environment: {}, folder })
process.once('message', () => {
  void provideSecret(config, folder).then((secret) => {
    process.send?.({ secret })
    process.disconnect()
  })
})
process.send?.({ isReady: true })
