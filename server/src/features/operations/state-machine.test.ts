import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advance, INITIAL, type RuleState } from './state-machine.js'

const RULE = { forMs: 60_000, keepFiringMs: 30_000 }

/** Evaluates every ten seconds; gives what was entered and told, with the second it happened. */
function run(
  conditions: ReadonlyArray<boolean | null>,
  rule = RULE,
  quiet: (n: number) => boolean = () => false,
) {
  let state: RuleState = INITIAL
  const happened: Array<[second: number, what: string]> = []
  for (const [n, active] of conditions.entries()) {
    const step = advance(state, active, quiet(n), 1_000_000 + n * 10_000, rule)
    for (const entered of step.entered) happened.push([n * 10, entered])
    if (step.tell) happened.push([n * 10, `tell ${step.tell}`])
    state = step.next
  }
  return happened
}
const held = (value: boolean | null, times: number) => Array.from({ length: times }, () => value)

test('fires once the condition held for long enough, and resolves once it is gone for long enough', () => {
  expect(run([...held(true, 8), ...held(false, 5)])).toEqual([
    [0, 'pending'],
    [60, 'firing'],
    [60, 'tell firing'],
    [100, 'resolved'],
    [100, 'tell resolved'],
  ])
})

test('a condition that does not last is nothing', () => {
  expect(run([...held(true, 5), false, ...held(true, 3)])).toEqual([
    [0, 'pending'],
    [50, 'inactive'],
    [60, 'pending'],
  ])
})

test('a condition that flaps while firing is one alert', () => {
  const happened = run([...held(true, 7), false, true, false, false, true, ...held(false, 4)])
  expect(happened.filter(([, what]) => what.startsWith('tell'))).toHaveLength(2)
})

test('what cannot be judged changes nothing', () => {
  expect(run([...held(true, 7), ...held(null, 20), true])).toEqual([
    [0, 'pending'],
    [60, 'firing'],
    [60, 'tell firing'],
  ])
})

test('without a duration it fires at once', () => {
  expect(run([true, false], { forMs: 0, keepFiringMs: 0 })).toEqual([
    [0, 'pending'],
    [0, 'firing'],
    [0, 'tell firing'],
    [10, 'resolved'],
    [10, 'tell resolved'],
  ])
})

describe('a silence', () => {
  test('keeps it from being told, its end too', () => {
    expect(run([...held(true, 8), ...held(false, 5)], RULE, () => true).map(([, what]) => what)).toEqual([
      'pending',
      'firing',
      'resolved',
    ])
  })

  test('that ends before the alert does lets it be told then', () => {
    const happened = run(held(true, 12), RULE, (n) => n < 9)
    expect(happened.at(-1)).toEqual([90, 'tell firing'])
  })

  test('that ends when the condition is gone, and the alert only waits for its end, leaves nothing to tell', () => {
    const happened = run([...held(true, 8), ...held(false, 5)], RULE, (n) => n < 8)
    expect(happened.map(([, what]) => what)).toEqual(['pending', 'firing', 'resolved'])
  })
})

test('a severity that rises while it fires is notified again, one that falls is not', () => {
  let state: RuleState = INITIAL
  const told = (['low', 'low', 'critical', 'medium', 'critical'] as const).map((severity, n) => {
    const step = advance(state, true, false, n * 10_000, { forMs: 0, keepFiringMs: 0, severity })
    state = step.next
    return step.tell && `${step.tell} ${state.severity}`
  })
  expect(told).toEqual(['firing low', null, 'firing critical', null, null])
})

test('a state of release 0.1.0, which has no severity, is not told again', () => {
  const state: RuleState = { ...INITIAL, state: 'firing', firedAt: 0, told: true }
  expect(advance(state, true, false, 10_000, { forMs: 0, keepFiringMs: 0, severity: 'high' }).tell).toBeNull()
})

test('whatever happens, firing and resolved are told in turns', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.option(fc.boolean()), fc.boolean())), (steps) => {
      const told = run(
        steps.map(([active]) => active),
        { forMs: 10_000, keepFiringMs: 10_000 },
        (n) => steps[n]?.[1] ?? false,
      ).filter(([, what]) => what.startsWith('tell'))
      for (const [n, [, what]] of told.entries())
        expect(what).toBe(n % 2 === 0 ? 'tell firing' : 'tell resolved')
    }),
  )
})
