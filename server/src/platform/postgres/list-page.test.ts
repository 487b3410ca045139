import { expect, test } from 'vitest'
import type { Queryable } from './database.js'
import { readPage } from './list-page.js'
import { queriesOf } from './query-builder.js'

const rows = queriesOf<{ things: { id: number } }>().selectFrom('things').select('id')
const page = { rows, limit: 2, keysOf: ({ id }: { id: number }) => [id], counted: rows }

test('a row more than the page has tells that there is a next page', async () => {
  const database = {
    query: async ({ values }: { values?: unknown[] }) =>
      values?.[0] === 3 ? [{ id: 1 }, { id: 2 }, { id: 3 }] : [{ count: 7 }],
  } as unknown as Queryable
  const read = await readPage(database, page)
  expect(read).toEqual({
    items: [{ id: 1 }, { id: 2 }],
    next_cursor: expect.any(String),
    total: 7,
    total_is_exact: true,
  })
  expect(await readPage(database, { ...page, counted: null })).not.toHaveProperty('total')
})

test('a page and its count that fail together fail once', async () => {
  const failing = { query: () => Promise.reject(new Error('the database is away')) }
  await expect(readPage(failing, page)).rejects.toThrow('the database is away')
})
