import { expect, test } from 'vitest'
import { createIngestDelay } from './ingest-delay.js'

test('requests wait while the injected delay lasts, and not after', () => {
  let ms = 5_000
  const delay = createIngestDelay(() => ms)
  expect(delay.now()).toBe(0)
  delay.inject(800, 60_000)
  expect(delay.now()).toBe(800)
  ms += 59_999
  expect(delay.now()).toBe(800)
  ms += 1
  expect(delay.now()).toBe(0)
})
