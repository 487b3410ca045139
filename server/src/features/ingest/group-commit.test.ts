import { expect, test } from 'vitest'
import { createGroupCommit } from './group-commit.js'

/** A commit that the test lets through, one group at a time. */
function gatedCommit() {
  const groups: Array<{ rows: number[]; finish: () => void; fail: (error: Error) => void }> = []
  const arrivals: Array<() => void> = []
  return {
    groups,
    commit: (rows: number[]) =>
      new Promise<string[]>((resolve, reject) => {
        groups.push({ rows, finish: () => resolve(rows.map((row) => `stored ${row}`)), fail: reject })
        arrivals.shift()?.()
      }),
    arrival: () => new Promise<void>((resolve) => arrivals.push(resolve)),
  }
}

/** Writes are numbers; the tens are the owner, and each is a row of so many bytes. */
function queueOf(
  commit: (rows: number[]) => Promise<string[]>,
  maxGroup = { rows: 10, bytes: 1000 },
  gatherRows = 1000,
) {
  return createGroupCommit<number, string>({
    commit,
    sizeOf: () => ({ rows: 1, bytes: 100 }),
    ownerOf: (write) => String(Math.floor(write / 10)),
    maxGroup,
    gatherMs: 0,
    gatherRows,
  })
}

test('callers are answered only after their rows are durable', async () => {
  const { groups, commit, arrival } = gatedCommit()
  const queue = queueOf(commit)
  const begun = arrival()
  let answered = false
  const answer = queue.enqueue(1).then((result) => {
    answered = true
    return result
  })
  await begun
  expect(answered).toBe(false)
  groups[0]?.finish()
  expect(await answer).toBe('stored 1')
})

test('what arrives during a commit forms the next group', async () => {
  const { groups, commit, arrival } = gatedCommit()
  const queue = queueOf(commit)
  const first = arrival()
  const answers = [queue.enqueue(1)]
  await first
  answers.push(queue.enqueue(2), queue.enqueue(3))
  const second = arrival()
  groups[0]?.finish()
  await second
  groups[1]?.finish()
  expect(await Promise.all(answers)).toEqual(['stored 1', 'stored 2', 'stored 3'])
  expect(groups.map(({ rows }) => rows)).toEqual([[1], [2, 3]])
})

test('a second group is under way beside the first once it has gathered enough, and never a third', async () => {
  const { groups, commit, arrival } = gatedCommit()
  const queue = queueOf(commit, { rows: 2, bytes: 1000 }, 2)
  const answers = [1, 2, 3, 4, 5, 6].map((write) => queue.enqueue(write))
  expect(groups.map(({ rows }) => rows)).toEqual([
    [1, 2],
    [3, 4],
  ])
  const third = arrival()
  groups[0]?.finish()
  await third
  for (const { finish } of groups) finish()
  expect(await Promise.all(answers)).toHaveLength(6)
  expect(groups).toHaveLength(3)
})

test.each([
  ['rows', { rows: 4, bytes: 1000 }],
  ['bytes', { rows: 100, bytes: 400 }],
])('a group has no more %s than allowed', async (_what, maxGroup) => {
  const sizes: number[] = []
  const queue = queueOf(async (rows) => {
    sizes.push(rows.length)
    return rows.map(String)
  }, maxGroup)
  await Promise.all(Array.from({ length: 10 }, (_, row) => queue.enqueue(row)))
  expect(sizes).toEqual([4, 4, 2])
})

test('a write that is larger than a group is a group of its own', async () => {
  const sizes: number[] = []
  const queue = queueOf(
    async (rows) => {
      sizes.push(rows.length)
      return rows.map(String)
    },
    { rows: 10, bytes: 99 },
  )
  await Promise.all([queue.enqueue(1), queue.enqueue(2)])
  expect(sizes).toEqual([1, 1])
})

test('owners take turns: who has much waiting makes nobody else wait for it', async () => {
  const groups: number[][] = []
  const queue = queueOf(
    async (rows) => {
      groups.push(rows)
      return rows.map(String)
    },
    { rows: 3, bytes: 1000 },
  )
  await Promise.all([11, 12, 13, 14, 15, 21, 31, 22].map((write) => queue.enqueue(write)))
  expect(groups).toEqual([
    [11, 21, 31],
    [12, 22, 13],
    [14, 15],
  ])
})

test('a failed commit fails exactly its own callers', async () => {
  const { groups, commit, arrival } = gatedCommit()
  const queue = queueOf(commit)
  const begun = arrival()
  const doomed = queue.enqueue(1)
  await begun
  const next = queue.enqueue(2)
  const second = arrival()
  groups[0]?.fail(new Error('disk on fire'))
  await expect(doomed).rejects.toThrow('disk on fire')
  await second
  groups[1]?.finish()
  expect(await next).toBe('stored 2')
})
