import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { PASSWORD } from '../server-process.js'
import type { HostileCase } from './hostile-case.js'
import { createTally, flood, statusOf } from './tally.js'

const CLIENTS = 100
const ADMIN_PAUSE_MS = 500

/** Passwords are made to be expensive to check. */
export const logins: HostileCase = {
  environment: { TRUST_PROXY: '127.0.0.1' },
  async prepare({ url }) {
    const login = (body: object, headers: Record<string, string>) =>
      fetch(`${url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
    const admin = { username: 'admin', password: PASSWORD, cookie: true }
    const office = { 'x-forwarded-for': '198.51.100.1' }
    const cookie = (await login(admin, office)).headers
      .getSetCookie()
      .find((each) => each.startsWith('eviltwin_device='))
      ?.split(';')[0]
    const ofAdmin = createTally()
    return {
      async run({ isOver, tally }) {
        const guesses = flood(tally, CLIENTS, isOver, (n) =>
          login(
            { username: n % 2 === 0 ? 'admin' : `user-${n}`, password: `wrong ${n}` },
            { 'x-forwarded-for': `203.0.${(n >> 8) & 255}.${n & 255}` },
          ),
        )
        while (!isOver()) {
          ofAdmin.add(await statusOf(login(admin, { ...office, cookie: cookie ?? '' })))
          await sleep(ADMIN_PAUSE_MS)
        }
        await guesses
      },
      async verify() {
        expect(ofAdmin.entries().map(([status]) => status)).toEqual(['200'])
        return [['logins of the administrator', ofAdmin.of(200)]]
      },
    }
  },
}
