import { expect, test } from 'vitest'
import { withExamples } from './examples.js'

/** The example that a body with such a schema is given. */
function exampleOf(schema: object, schemas: object = {}, more: object = {}): unknown {
  const content = { 'application/json': { schema, ...more } }
  const document = { components: { schemas }, paths: { '/x': { post: { requestBody: { content } } } } }
  const { post } = withExamples(document).paths['/x']
  return (post.requestBody.content['application/json'] as { example?: unknown }).example
}

test.each([
  ['an example of the schema itself first', { type: 'string', examples: ['b'], enum: ['a', 'b'] }, 'b'],
  ['the first of an enumeration', { enum: ['low', 'high'] }, 'low'],
  [
    'what is not null',
    { anyOf: [{ type: 'null' }, { type: 'string', format: 'uri' }] },
    'https://eviltwin.example.org/hook',
  ],
  ['one item of an array', { type: 'array', items: { const: 1 } }, [1]],
  ['as many items as there must be', { type: 'array', items: { const: 1 }, minItems: 2 }, [1, 1]],
  ['a number within its bounds', { type: 'integer', minimum: 5, maximum: 9 }, 5],
  [
    'what a field of its name holds',
    { type: 'object', properties: { sensor_id: { type: 'string' } } },
    { sensor_id: 'cowrie-1' },
  ],
  [
    'what may be left out only where there is nothing else',
    {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { const: 'n' }, kind: { const: 'k', default: 'k' }, note: { const: 'x' } },
      },
    },
    [{ name: 'n', kind: 'k' }],
  ],
  [
    'every name that a record must have',
    { type: 'object', propertyNames: { enum: ['low', 'high'] }, additionalProperties: { type: 'integer' } },
    { low: 1, high: 1 },
  ],
])('%s', (_what, schema, example) => {
  expect(exampleOf(schema)).toEqual(example)
})

test('components are followed, as far as they contain themselves', () => {
  const schemas = { Tree: { type: 'object', properties: { next: { $ref: '#/components/schemas/Tree' } } } }
  expect(JSON.stringify(exampleOf({ $ref: '#/components/schemas/Tree' }, schemas)).length).toBeLessThan(200)
})

test('an example that is there stays', () => {
  expect(exampleOf({ type: 'string' }, {}, { example: 'mine' })).toBe('mine')
})
