import { expect, test } from 'vitest'
import { ApiError } from './errors'
import { createRenewal, endsLogin } from './renewal'

/** A renewal whose exchanges end as listed (a status, null for unreachable, 'ok'), and the pauses between them. */
function renewalWith(outcomes: Array<number | null | 'ok'>) {
  const pauses: number[] = []
  let exchanges = 0
  const renew = createRenewal({
    exchange: async () => {
      const outcome = exchanges < outcomes.length ? outcomes[exchanges] : 'ok'
      exchanges += 1
      if (outcome !== 'ok') throw new ApiError('refused', outcome ?? null, null)
    },
    pause: async (milliseconds) => void pauses.push(milliseconds),
    random: () => 0,
  })
  return { renew, pauses, exchanges: () => exchanges }
}

test('an unreachable or busy server is tried again, after pauses that grow', async () => {
  const { renew, pauses, exchanges } = renewalWith([null, 503, 429])
  await renew()
  expect(exchanges()).toBe(4)
  expect(pauses).toEqual([250, 500, 1000])
})

test('a server that stays away ends the attempts, not the login', async () => {
  const { renew, exchanges } = renewalWith([503, 503, 503, 503])
  const error = await renew().catch((reason: unknown) => reason)
  expect(exchanges()).toBe(4)
  expect(endsLogin(error)).toBe(false)
  await renew()
  expect(exchanges()).toBe(5)
})

test('a 401 ends the login at once', async () => {
  const { renew, pauses } = renewalWith([401])
  expect(endsLogin(await renew().catch((reason: unknown) => reason))).toBe(true)
  expect(pauses).toEqual([])
})

test.each([403, 404, 413])('a %i is neither tried again nor the end of the login', async (status) => {
  const { renew, exchanges } = renewalWith([status])
  expect(endsLogin(await renew().catch((reason: unknown) => reason))).toBe(false)
  expect(exchanges()).toBe(1)
})

test('renewals at the same time share one exchange', async () => {
  const { renew, exchanges } = renewalWith([])
  await Promise.all([renew(), renew(), renew()])
  expect(exchanges()).toBe(1)
})
