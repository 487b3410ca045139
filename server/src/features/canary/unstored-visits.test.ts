import { expect, test } from 'vitest'
import { createUnstoredVisits } from './unstored-visits.js'

function counting(maxTokens?: number) {
  const statements: Array<ReadonlyArray<readonly [string, number]>> = []
  const published: string[] = []
  let isAway = false
  const setAway = (away: boolean) => {
    isAway = away
  }
  const visits = createUnstoredVisits(
    {
      async addBeyondLimit(counts) {
        if (isAway) throw new Error('away')
        statements.push(counts)
      },
    },
    ({ kind }) => void published.push(kind),
    maxTokens,
  )
  return { visits, statements, published, setAway }
}

test('any number of visits is one statement, with a row for each token', async () => {
  const { visits, statements, published } = counting()
  for (let n = 0; n < 5_000; n += 1) visits.add(n % 2 === 0 ? 'a' : 'b')
  await visits.flush()
  await visits.flush()
  expect(statements).toEqual([
    [
      ['a', 2_500],
      ['b', 2_500],
    ],
  ])
  expect(published).toHaveLength(5_000)
})

test('what cannot be written is kept and written once', async () => {
  const { visits, statements, setAway } = counting()
  visits.add('a')
  setAway(true)
  await expect(visits.flush()).rejects.toThrow('away')
  visits.add('a')
  setAway(false)
  await visits.flush()
  expect(statements).toEqual([[['a', 2]]])
})

test('beyond so many tokens only the metric counts', async () => {
  const { visits, statements, published } = counting(2)
  for (const token of ['a', 'b', 'c', 'a']) visits.add(token)
  visits.add(null)
  await visits.flush()
  expect(statements).toEqual([
    [
      ['a', 2],
      ['b', 1],
    ],
  ])
  expect(published).toHaveLength(5)
})
