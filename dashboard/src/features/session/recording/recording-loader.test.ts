import type { Recording, RecordingFrames } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { createPause, type LoadedRecording, loadRecording } from './recording-loader'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const recording = (part: Partial<Recording> = {}) =>
  ({ id: 'r', is_complete: false, last_received_at: new Date(NOW).toISOString(), ...part }) as Recording

/** Loads what the test answers with; resolves once it has ended. */
async function load(
  answers: Array<Partial<RecordingFrames> | Error>,
  { isAnnounced = false } = {},
): Promise<{ asked: number[]; pauses: number[]; frames: unknown[]; states: LoadedRecording[] }> {
  const asked: number[] = []
  const pauses: number[] = []
  const frames: unknown[] = []
  const states: LoadedRecording[] = []
  const ended = new AbortController()
  let state: LoadedRecording = {
    recording: recording(),
    startedAt: null,
    isLoaded: false,
    missingChunks: 0,
    failure: null,
  }
  await loadRecording({
    async ask(after) {
      asked.push(after)
      const answer = answers.shift()
      if (answer === undefined) ended.abort()
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('it has ended')
      return {
        recording: recording(),
        frames: [],
        started_at: null,
        next_after: after + 1,
        has_more: false,
        missing_chunks: 0,
        ...answer,
      }
    },
    onFrames: (more) => void frames.push(...more),
    report(change) {
      state = change(state)
      states.push(state)
    },
    isAnnounced: () => isAnnounced,
    pause: {
      wait: async (ms) => void pauses.push(ms),
      end() {},
    },
    ended: ended.signal,
    now: () => NOW,
  })
  return { asked, pauses, frames, states }
}

test('asks page after page at once, and ends with a recording that is complete', async () => {
  const { asked, pauses, frames, states } = await load([
    { has_more: true, frames: [[0, 'o', 'a']], next_after: 3, started_at: '2026-03-22T11:00:00.000Z' },
    { recording: recording({ is_complete: true }), frames: [[1, 'o', 'b']], missing_chunks: 2 },
  ])
  expect(asked).toEqual([-1, 3])
  expect(pauses).toEqual([])
  expect(frames).toHaveLength(2)
  expect(states.at(-1)).toMatchObject({
    isLoaded: true,
    missingChunks: 2,
    startedAt: NOW - 3_600_000,
    recording: { is_complete: true },
  })
})

test('asks again each second while nobody announces, and seldom where somebody does or nothing has come for long', async () => {
  expect((await load([{}, {}])).pauses).toEqual([1_000, 1_000])
  expect((await load([{}], { isAnnounced: true })).pauses).toEqual([10_000])
  const old = recording({ last_received_at: new Date(NOW - 3_600_000).toISOString() })
  expect((await load([{ recording: old }])).pauses).toEqual([10_000])
})

test('goes on after a failure, which is shown meanwhile', async () => {
  const { asked, pauses, states } = await load([{ next_after: 4 }, new Error('away'), { next_after: 5 }])
  expect(asked).toEqual([-1, 4, 4, 5])
  expect(pauses[1]).toBe(10_000)
  expect(states.map(({ failure }) => failure?.message ?? null)).toEqual([null, 'away', null])
})

test('a pause ends when somebody says so, also if they said so before it began, and at the end', async () => {
  const ended = new AbortController()
  const pause = createPause(ended.signal)
  const first = pause.wait(1e8)
  setTimeout(pause.end, 150)
  await first
  pause.end()
  await pause.wait(1e8)
  const last = pause.wait(1e8)
  ended.abort()
  await last
})
