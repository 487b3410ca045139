import { expect, test } from 'vitest'
import { tidyComponents } from './components.js'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

test('an input that says what its output says is left out, also through others; what nothing refers to, too', () => {
  const document = {
    paths: {
      '/things': {
        post: { body: ref('ThingInput'), answer: ref('Thing'), list: [ref('OtherInput'), ref('AskedInput')] },
      },
    },
    components: {
      schemas: {
        Asked: { required: ['default'] },
        AskedInput: {},
        Level: { enum: ['low'] },
        LevelInput: { enum: ['low'] },
        Thing: { properties: { level: ref('Level'), next: ref('Thing') } },
        ThingInput: { properties: { level: ref('LevelInput'), next: ref('ThingInput') } },
        Other: { properties: { level: ref('Level') }, required: ['level'] },
        OtherInput: { properties: { level: ref('LevelInput') } },
        Holder: { properties: { other: ref('Other') } },
        HolderInput: { properties: { other: ref('OtherInput') } },
      },
      securitySchemes: { key: {} },
    },
  }
  expect(tidyComponents(document)).toEqual({
    paths: {
      '/things': { post: { body: ref('Thing'), answer: ref('Thing'), list: [ref('Other'), ref('Asked')] } },
    },
    components: {
      schemas: {
        Asked: {},
        Level: { enum: ['low'] },
        Thing: { properties: { level: ref('Level'), next: ref('Thing') } },
        Other: { properties: { level: ref('Level') } },
      },
      securitySchemes: { key: {} },
    },
  })
})

test('an input that differs from an output in use keeps its suffix', () => {
  const schemas = { A: { required: ['x'] }, AInput: {} }
  const document = { paths: [ref('A'), ref('AInput')], components: { schemas } }
  expect(tidyComponents(document)).toEqual(document)
})

test('a document without components stays as it is', () => {
  expect(tidyComponents({ components: {} })).toEqual({ components: {} })
})
