import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * Marks of browsers in which a user has logged in (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). They admit to
 * nothing: they only set attempts of such a browser apart from those of strangers. Nothing of them is stored.
 */
export interface DeviceCookies {
  /** The value of a cookie for the browser in which this user just logged in. */
  issue(username: string): string
  /** @returns the identity of the device; null for what is not ours, is too old, or belongs to another user. */
  read(value: string, username: string): string | null
}

export const DEVICE_COOKIE_DAYS = 180

/** @param now milliseconds since the epoch. */
export function createDeviceCookies(secretKey: string, now: () => number): DeviceCookies {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'eviltwin device cookie v1', 32))
  const macOf = (username: string, device: string, expires: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([username.toLowerCase(), device, expires]))
      .digest()
  return {
    issue(username) {
      const device = randomBytes(16).toString('base64url')
      const expires = String(Math.floor(now() / 1000) + DEVICE_COOKIE_DAYS * 86_400)
      return [device, expires, macOf(username, device, expires).toString('base64url')].join('.')
    },
    read(value, username) {
      const [device = '', expires = '', mac = '', ...more] = value.split('.')
      const [presented, expected] = [Buffer.from(mac, 'base64url'), macOf(username, device, expires)]
      if (more.length > 0 || presented.length !== expected.length) return null
      return timingSafeEqual(presented, expected) && Number(expires) * 1000 > now() ? device : null
    },
  }
}
