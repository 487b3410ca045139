import { once } from 'node:events'
import { expect, test } from 'vitest'
import { beginReading, streamOf } from './feed-reading.js'
import { createPermits } from './permits.js'

const permits = () => createPermits({ max: 1, maxWaiting: 0, maxWaitMs: 0 })

/** Parts without end, and whether they were let go of. */
function endless() {
  const state = { made: 0, isClosed: false }
  async function* parts(): AsyncGenerator<string, void> {
    try {
      for (;;) {
        state.made += 1
        yield 'x'.repeat(1_000)
      }
    } finally {
      state.isClosed = true
    }
  }
  return { state, parts }
}

test('parts are made as they are read, and the permit is given back after the last', async () => {
  const readers = permits()
  const reading = await beginReading(readers, async function* () {
    yield 'a'
    yield 'b'
  })
  const parts: string[] = []
  for await (const part of streamOf(reading, 60_000)) parts.push(String(part))
  expect([parts.join(''), readers.inUse()]).toEqual(['ab', 0])
})

test('a client that does not read has so much made and no more, and is disconnected in the end', async () => {
  const readers = permits()
  const { state, parts } = endless()
  const stream = streamOf(await beginReading(readers, parts), 1)
  stream.read(1)
  const [error] = await once(stream, 'error')
  expect(error).toMatchObject({ message: 'the client reads too slowly' })
  expect(state.made).toBeLessThan(200)
  expect([state.isClosed, readers.inUse()]).toEqual([true, 0])
})

test('a client that leaves before the first part gives everything back', async () => {
  const readers = permits()
  const { state, parts } = endless()
  const stream = streamOf(await beginReading(readers, parts), 60_000)
  stream.destroy()
  await once(stream, 'close')
  expect([state.isClosed, readers.inUse()]).toEqual([true, 0])
})

test('what fails at once fails the beginning, and what fails later fails the stream', async () => {
  const readers = permits()
  const failing = { next: () => Promise.reject(new Error('away')) } as AsyncGenerator<string, void>
  await expect(beginReading(readers, () => failing)).rejects.toThrow('away')
  expect(readers.inUse()).toBe(0)
  const stream = streamOf(
    await beginReading(readers, async function* () {
      yield 'a'
      throw new Error('away')
    }),
    60_000,
  )
  stream.resume()
  const [error] = await once(stream, 'error')
  expect([error.message, readers.inUse()]).toEqual(['away', 0])
})
