import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advance, INITIAL, type RuleState } from './state-machine.js'

const RULE = { forMs: 60_000, keepFiringMs: 30_000 }

/** Evaluates every ten seconds; gives what was entered and notified, with the second it happened. */
function run(
  conditions: ReadonlyArray<boolean | null>,
  rule = RULE,
  suppressed: (n: number) => boolean = () => false,
) {
  let state: RuleState = INITIAL
  const happened: Array<[second: number, what: string]> = []
  for (const [n, active] of conditions.entries()) {
    const step = advance(state, active, suppressed(n), 1_000_000 + n * 10_000, rule)
    for (const entered of step.entered) happened.push([n * 10, entered])
    if (step.notification) happened.push([n * 10, `notify ${step.notification}`])
    state = step.next
  }
  return happened
}
const held = (value: boolean | null, times: number) => Array.from({ length: times }, () => value)

test('fires once the condition held for long enough, and resolves once it is gone for long enough', () => {
  expect(run([...held(true, 8), ...held(false, 5)])).toEqual([
    [0, 'pending'],
    [60, 'firing'],
    [60, 'notify firing'],
    [100, 'resolved'],
    [100, 'notify resolved'],
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
  expect(happened.filter(([, what]) => what.startsWith('notify'))).toHaveLength(2)
})

test('what cannot be evaluated changes nothing', () => {
  expect(run([...held(true, 7), ...held(null, 20), true])).toEqual([
    [0, 'pending'],
    [60, 'firing'],
    [60, 'notify firing'],
  ])
})

test('without a duration it fires at once', () => {
  expect(run([true, false], { forMs: 0, keepFiringMs: 0 })).toEqual([
    [0, 'pending'],
    [0, 'firing'],
    [0, 'notify firing'],
    [10, 'resolved'],
    [10, 'notify resolved'],
  ])
})

describe('a silence', () => {
  test('suppresses its notification, and that of its end', () => {
    expect(run([...held(true, 8), ...held(false, 5)], RULE, () => true).map(([, what]) => what)).toEqual([
      'pending',
      'firing',
      'resolved',
    ])
  })

  test('that ends before the alert does, leads to its notification then', () => {
    const happened = run(held(true, 12), RULE, (n) => n < 9)
    expect(happened.at(-1)).toEqual([90, 'notify firing'])
  })

  test('that ends when the condition is gone, and the alert only waits for its end, leaves nothing to notify of', () => {
    const happened = run([...held(true, 8), ...held(false, 5)], RULE, (n) => n < 8)
    expect(happened.map(([, what]) => what)).toEqual(['pending', 'firing', 'resolved'])
  })
})

test('a severity that rises while it fires is notified again, one that falls is not', () => {
  let state: RuleState = INITIAL
  const notified = (['low', 'low', 'critical', 'medium', 'critical'] as const).map((severity, n) => {
    const step = advance(state, true, false, n * 10_000, { forMs: 0, keepFiringMs: 0, severity })
    state = step.next
    return step.notification && `${step.notification} ${state.severity}`
  })
  expect(notified).toEqual(['firing low', null, 'firing critical', null, null])
})

test('a state of release 0.1.0, which has no severity, is not notified again', () => {
  const state: RuleState = { ...INITIAL, state: 'firing', firedAt: 0, notified: true }
  expect(
    advance(state, true, false, 10_000, { forMs: 0, keepFiringMs: 0, severity: 'high' }).notification,
  ).toBeNull()
})

test('whatever happens, firing and resolved are notified in turns', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.option(fc.boolean()), fc.boolean())), (steps) => {
      const notified = run(
        steps.map(([active]) => active),
        { forMs: 10_000, keepFiringMs: 10_000 },
        (n) => steps[n]?.[1] ?? false,
      ).filter(([, what]) => what.startsWith('notify'))
      for (const [n, [, what]] of notified.entries())
        expect(what).toBe(n % 2 === 0 ? 'notify firing' : 'notify resolved')
    }),
  )
})

test('one more of what counts is notified again while it fires, unless it is suppressed', () => {
  const rule = { forMs: 0, keepFiringMs: 0 }
  const firing = advance(INITIAL, true, false, 1_000, rule).next
  const again = (risen: boolean, suppressed: boolean) =>
    advance(firing, true, suppressed, 2_000, { ...rule, risen }).notification
  expect([again(true, false), again(true, true), again(false, false)]).toEqual(['firing', null, null])
  expect(advance(firing, false, false, 2_000, { ...rule, risen: true }).notification).toBe('resolved')
})
