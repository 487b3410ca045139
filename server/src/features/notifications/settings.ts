import { ChannelSettings } from '@eviltwin/contract'
import type { Seal } from '../../platform/seal.js'
import type { StoredChannel } from './store.js'

/** What of a channel's settings is stored readable, and its secret sealed. */
export function sealSettings(
  id: string,
  settings: ChannelSettings,
  seal: Seal,
): Pick<StoredChannel, 'settings' | 'sealed_secret'> {
  const { secret, ...open } = settings
  return { settings: open, sealed_secret: secret === null ? null : seal.encrypt(secret, `channel ${id}`) }
}

/** The settings as they were entered. @throws {UnsealError} */
export function settingsOf({ id, settings, sealed_secret }: StoredChannel, seal: Seal): ChannelSettings {
  const secret = sealed_secret === null ? null : seal.decrypt(sealed_secret, `channel ${id}`)
  return ChannelSettings.parse({ ...settings, secret })
}
