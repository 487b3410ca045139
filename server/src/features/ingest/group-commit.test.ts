import { expect, test } from 'vitest'
import { QueueFullError } from '../../platform/errors.js'
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

function queueOf(commit: (rows: number[]) => Promise<string[]>, maxBatchRows = 10, maxQueuedRows = 20) {
  return createGroupCommit<number, string>({
    commit,
    rowsOf: () => 1,
    maxBatchRows,
    gatherMs: 0,
    gatherRows: 1000,
    maxQueuedRows,
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

test('a group has no more rows than allowed', async () => {
  const sizes: number[] = []
  const queue = queueOf(async (rows) => {
    sizes.push(rows.length)
    return rows.map(String)
  }, 4)
  await Promise.all(Array.from({ length: 10 }, (_, row) => queue.enqueue(row)))
  expect(sizes).toEqual([4, 4, 2])
})

test('a full queue refuses new rows and keeps the ones it promised', async () => {
  const { groups, commit, arrival } = gatedCommit()
  const queue = queueOf(commit, 10, 3)
  const begun = arrival()
  const promised = [queue.enqueue(1), queue.enqueue(2), queue.enqueue(3)]
  await expect(queue.enqueue(4)).rejects.toThrow(QueueFullError)
  expect(queue.queuedRows()).toBe(3)
  await begun
  groups[0]?.finish()
  expect(await Promise.all(promised)).toHaveLength(3)
  expect(queue.queuedRows()).toBe(0)
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

test('drain waits for everything that was queued', async () => {
  const { groups, commit, arrival } = gatedCommit()
  const queue = queueOf(commit)
  const begun = arrival()
  const answer = queue.enqueue(1)
  await begun
  const drained = queue.drain()
  groups[0]?.finish()
  await drained
  expect(queue.queuedRows()).toBe(0)
  await answer
})
