import { expect, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import { LlmUnavailableError } from '../../platform/llm/llm-unavailable.js'
import { createLlmAvailability } from './llm-availability.js'

/** An LLM of which the list of models and completions work or fail as set. */
function setUp() {
  const clock = { now: 0 }
  const works = { models: true, completions: true }
  const probed: string[] = []
  const published: PlatformEvent[] = []
  const errors: string[] = []
  const probe = (what: 'models' | 'completions') => async () => {
    probed.push(what)
    if (!works[what]) throw new LlmUnavailableError('it answered 500', 'api')
  }
  const ignore = () => {}
  const availability = createLlmAvailability({
    model: 'm',
    provider: 'llm.example.org',
    probes: { listModels: probe('models'), complete: probe('completions') },
    publish: (event) => void published.push(event),
    log: {
      debug: ignore,
      info: ignore,
      warning: ignore,
      critical: ignore,
      error: (message) => void errors.push(message),
    },
    now: () => clock.now,
  })
  const look = async () => {
    clock.now += 60_000
    return (await availability.status()).available
  }
  return { availability, works, probed, published, errors, clock, look }
}

test('a server that lists its models and completes nothing is unavailable until a completion succeeds', async () => {
  const { availability, works, probed, look } = setUp()
  works.completions = false
  expect(await look()).toBe(true)
  availability.failed('it answered 500')
  expect(availability.lastAvailable()).toBe(false)
  expect((await availability.status()).message).toContain('it answered 500')
  expect([await look(), await look()]).toEqual([false, false])
  works.completions = true
  expect([await look(), await look()]).toEqual([true, true])
  expect(probed).toEqual(['models', 'completions', 'completions', 'completions', 'models'])
})

test('a completion of somebody ends it at once', async () => {
  const { availability } = setUp()
  availability.failed('no answer within 800 ms')
  availability.completed()
  expect(await availability.status()).toMatchObject({ available: true })
})

test('completions probe at most twice a minute, however often somebody asks', async () => {
  const { availability, works, probed, clock } = setUp()
  works.completions = false
  availability.failed('it answered 500')
  for (let second = 0; second < 60; second += 1) {
    clock.now += 1_000
    await availability.status()
  }
  expect(probed).toEqual(['completions', 'completions'])
})

test('a failure that somebody meets while a probe is under way is not forgotten when the probe succeeds', async () => {
  const { availability } = setUp()
  const probing = availability.status()
  availability.failed('it cannot be reached')
  expect(await probing).toMatchObject({ available: false })
  expect(availability.lastAvailable()).toBe(false)
})

test('every failure makes the minute bad; an outage is one error of the watch', async () => {
  const { availability, works, published, errors, look } = setUp()
  works.models = false
  works.completions = false
  for (let minute = 0; minute < 3; minute += 1) expect(await look()).toBe(false)
  availability.failed('it answered 500')
  expect(errors).toEqual(['LLM API error'])
  expect(published.filter(({ kind }) => kind === 'llm_minute_observed')).toEqual([
    { kind: 'llm_minute_observed', available: false },
  ])
  expect(published.filter(({ kind }) => kind === 'llm_probed')).toEqual([
    { kind: 'llm_probed', available: false, by: 'models' },
    { kind: 'llm_probed', available: false, by: 'completion' },
    { kind: 'llm_probed', available: false, by: 'completion' },
  ])
})
