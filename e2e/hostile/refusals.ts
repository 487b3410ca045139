import { expect } from 'vitest'
import type { HostileCase } from './hostile-case.js'
import { createTally, flood } from './tally.js'

const CLIENTS = 8
/** Identities that are logged apart, of which each has two lines a minute at most, and a few shared lines. */
const MAX_LINES_A_MINUTE = 220

interface LogLine {
  message: string
  count?: number
}

/** Refusals of which each once was a line of the log. */
export const refusals: HostileCase = {
  environment: { TRUST_PROXY: '127.0.0.1' },
  async prepare(stage) {
    const from = (n: number) => ({ 'x-forwarded-for': `203.0.${n % 3}.${n % 250}` })
    const login = (n: number) =>
      fetch(`${stage.url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...from(n) },
        body: JSON.stringify({ username: `user-${n % 500}`, password: `wrong ${n}` }),
      })
    const send = (n: number) =>
      fetch(`${stage.url}/log`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer key-${n}`, ...from(n) },
        body: '{}',
      })
    const logins = createTally()
    const keys = createTally()
    const begun = Date.now()
    return {
      async run({ isOver, tally }) {
        await Promise.all([flood(logins, CLIENTS, isOver, login), flood(keys, CLIENTS, isOver, send)])
        for (const [status, count] of logins.entries()) tally.add(`login ${status}`, count)
        for (const [status, count] of keys.entries()) tally.add(`key ${status}`, count)
      },
      async verify() {
        await stage.server.kill('SIGTERM')
        const lines = stage.server
          .output()
          .stdout.split('\n')
          .filter((line) => /"message":"(Auth login failed|Sensor key refused)"/.test(line))
          .map((line) => JSON.parse(line) as LogLine)
        const countOf = (message: string) =>
          lines.filter((line) => line.message === message).reduce((sum, { count = 1 }) => sum + count, 0)
        expect(countOf('Auth login failed')).toBe(logins.of(401) + logins.of(429))
        expect(countOf('Sensor key refused')).toBe(keys.of(401))
        const minutes = Math.ceil((Date.now() - begun) / 60_000)
        expect(lines.length).toBeLessThanOrEqual(MAX_LINES_A_MINUTE * minutes)
        return [['lines of refusals', lines.length]]
      },
    }
  },
}
