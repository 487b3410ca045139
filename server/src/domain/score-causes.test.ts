import { expect, test } from 'vitest'
import { causesOf } from './score-causes.js'

test('only what raised a score is a cause of it, strongest first', () => {
  expect(
    causesOf([
      { name: 'proxy_requests', contribution: -0.3 },
      { name: 'discovery', contribution: 0.05 },
      { name: 'base_rate', contribution: 0.25 },
      { name: 'persistence', contribution: 0.4 },
      { name: 'other_features', contribution: 0.1 },
      { name: 'files', contribution: 0 },
    ]).map(({ name }) => name),
  ).toEqual(['persistence', 'discovery'])
})
