import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createUnderWay } from './under-way.js'

function openWork() {
  let end: () => void = () => {}
  let fail: (error: Error) => void = () => {}
  const work = new Promise<void>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  return { work, end, fail }
}

test('is settled once everything has ended, well or not, and what began meanwhile too', async () => {
  const underWay = createUnderWay()
  const [first, second, third] = [openWork(), openWork(), openWork()]
  underWay.add(first.work)
  underWay.add(second.work)
  expect(underWay.count()).toBe(2)
  let isSettled = false
  const settled = underWay.settled().then(() => {
    isSettled = true
  })
  first.end()
  await turn()
  underWay.add(third.work)
  second.fail(new Error('failed'))
  await turn()
  expect([isSettled, underWay.count()]).toEqual([false, 1])
  third.end()
  await settled
  expect(underWay.count()).toBe(0)
})
