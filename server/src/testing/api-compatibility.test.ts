import { expect, test } from 'vitest'
import { type ApiDocument, breakingChanges } from './api-compatibility.js'

const json = (schema: object) => ({ content: { 'application/json': { schema } } })

/** A document of one operation. */
function api(change: {
  parameters?: object[]
  body?: object
  answer?: object
  path?: string
  level?: object
}): ApiDocument {
  const {
    parameters = [{ name: 'limit', in: 'query', schema: { type: 'integer', maximum: 500 } }],
    body = {
      type: 'object',
      properties: { name: { type: 'string' }, note: { type: 'string' } },
      required: ['name'],
    },
    answer = {
      type: 'object',
      properties: {
        id: { type: 'string' },
        level: { $ref: '#/components/schemas/Level' },
        parent: { anyOf: [{ $ref: '#/components/schemas/Node' }, { type: 'null' }] },
      },
      required: ['id', 'level', 'parent'],
    },
    path = '/things',
    level = { type: 'string', enum: ['low', 'high'] },
  } = change
  return {
    paths: {
      [path]: {
        post: { parameters, requestBody: json(body), responses: { 200: json(answer), 404: json({}) } },
      },
    },
    components: {
      schemas: {
        Level: level,
        Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } },
      },
    },
  } as ApiDocument
}
const answered = (properties: object, required: string[]) => ({
  answer: { type: 'object', properties, required },
})

test('what only adds breaks nothing', () => {
  const changed = api({
    parameters: [
      { name: 'limit', in: 'query', schema: { type: 'number', maximum: 1000 } },
      { name: 'sort', in: 'query', schema: { type: 'string' } },
    ],
    body: {
      type: 'object',
      properties: { name: { type: ['string', 'null'] }, note: {}, more: { type: 'string' } },
    },
    answer: {
      type: 'object',
      properties: {
        id: { type: 'string' },
        level: { enum: ['low', 'high', 'critical'], type: 'string' },
        parent: { $ref: '#/components/schemas/Node' },
        more: {},
      },
      required: ['id', 'level', 'parent', 'more'],
    },
  })
  expect(breakingChanges(api({}), api({}))).toEqual([])
  expect(breakingChanges(api({}), changed)).toEqual([])
})

test.each<[string, Parameters<typeof api>[0], string[]]>([
  ['an operation', { path: '/others' }, ['POST /things is gone']],
  ['a parameter', { parameters: [] }, ['POST /things: query limit is gone']],
  [
    'a lower maximum',
    { parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } }] },
    ['POST /things: query limit: maximum is 100 instead of 500'],
  ],
  [
    'another type',
    { parameters: [{ name: 'limit', in: 'query', schema: { type: 'string' } }] },
    ['POST /things: query limit: integer is not taken any more'],
  ],
  [
    'a parameter that is required',
    {
      parameters: [
        { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 500 } },
        { name: 'day', in: 'query', required: true, schema: { type: 'string' } },
      ],
    },
    ['POST /things: query day is required'],
  ],
  [
    'a field that is required, and one that is not taken',
    {
      body: {
        type: 'object',
        properties: { name: { type: 'string' }, kind: {} },
        required: ['name', 'kind'],
      },
    },
    ['POST /things: body.kind is required', 'POST /things: body.note is gone'],
  ],
  [
    'a text of which only some values are taken',
    {
      body: {
        type: 'object',
        properties: { name: { enum: ['a'] }, note: { type: 'string' } },
        required: ['name'],
      },
    },
    ['POST /things: body.name: "any string" is not taken any more'],
  ],
  [
    'fields that are gone, may be missing or null, or are something else',
    answered({ level: { type: ['string', 'null'] }, parent: { type: 'integer' } }, ['parent']),
    [
      'POST /things: 200.id is gone',
      'POST /things: 200.level may be missing',
      'POST /things: 200.level: null is not what was answered',
      'POST /things: 200.parent: integer is not what was answered',
    ],
  ],
])('%s breaks', (_, change, expected) => {
  expect(breakingChanges(api({}), api(change))).toEqual(expected)
})
