import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as contract from '@eviltwin/contract'
import { createClient } from '@hey-api/openapi-ts'
import { Ajv2020 } from 'ajv/dist/2020.js'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type ApiDocument, breakingChanges } from '../../testing/api-compatibility.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))

interface DescribedContent {
  content?: Record<string, { schema: { $ref?: string }; example?: unknown }>
}
interface DescribedOperation {
  requestBody?: DescribedContent
  responses?: Record<string, DescribedContent>
}

describe('the OpenAPI document', () => {
  let api: TestPlatform
  let document: ApiDocument
  beforeAll(async () => {
    const [server] = inject('postgresServers')
    if (!server) throw new Error('there is always the embedded PostgreSQL')
    api = await startTestPlatform(server)
    document = (await (await api.call('/openapi.json')).json()) as ApiDocument
  })
  afterAll(() => api.close())
  const operations = () => Object.values(document.paths ?? {}).flatMap((path) => Object.values(path))
  const answerOf = (path: string, method: string) =>
    (document.paths?.[path]?.[method] as DescribedOperation | undefined)?.responses?.['200']?.content

  test('is what docs/openapi.json says, but for the version (npm test -- openapi -u renews it)', async () => {
    const text = `${JSON.stringify({ ...document, info: { title: 'EvilTwin' } }, null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../../docs/openapi.json')
  })

  test("is what the dashboard's client was generated from (npm test -- openapi -u renews it)", async () => {
    const types = astToString(await openapiTS(JSON.stringify(document), { defaultNonNullable: false }))
    const text = `// Generated from /openapi.json by openapi-typescript; see server/src/platform/http/openapi.int.test.ts.\n${types}`
    await expect(text).toMatchFileSnapshot('../../../../dashboard/src/api/schema.d.ts')
  })

  test('names every page of a list after its items', () => {
    const pages = Object.entries(document.paths ?? {}).flatMap(([path, { get }]) => {
      const answer = (get as DescribedOperation | undefined)?.responses?.['200']?.content?.[
        'application/json'
      ]
      const schema = answer?.schema as { properties?: object; $ref?: string } | undefined
      return schema?.properties && 'next_cursor' in schema.properties ? [path] : []
    })
    expect(pages).toEqual([])
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(
      expect.arrayContaining(['SessionPage', 'AlertPage', 'EventPage', 'UserPage']),
    )
  })

  test('states the media type of answers that are text', async () => {
    const admin = await api.login()
    const made = await api.call('/api-keys', {
      method: 'POST',
      as: admin,
      body: JSON.stringify({ name: 'prometheus', scopes: ['metrics:read'] }),
    })
    const { key } = (await made.json()) as { key: string }
    for (const [path, url, credential] of [
      ['/metrics', '/metrics', key],
      ['/feeds/blocklist.txt', '/feeds/blocklist.txt', admin],
      ['/runbooks/{id}', '/runbooks/clock-skew', admin],
    ] as const) {
      const { status, headers } = await api.call(url, { as: credential })
      expect(status, path).toBe(200)
      const described = answerOf(path, 'get')
      expect(Object.keys(described ?? {}), path).toContain(headers.get('content-type')?.split(';')[0])
      expect(Object.keys(described ?? {}), path).not.toContain('application/json')
    }
    const chat = answerOf('/ai/chat', 'post')
    expect(Object.keys(chat ?? {})).toEqual(['text/event-stream'])
  })

  test('gives a client that compiles, with another generator', async () => {
    const path = mkdtempSync(join(tmpdir(), 'eviltwin-client-'))
    try {
      await createClient({
        input: document as never,
        output: { path, clean: false },
        plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
        logs: { level: 'silent' },
      })
      const program = ts.createProgram([join(path, 'index.ts')], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
        types: [],
      })
      expect(program.getSourceFiles().some(({ fileName }) => fileName.endsWith('sdk.gen.ts'))).toBe(true)
      expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([])
    } finally {
      rmSync(path, { recursive: true, force: true })
    }
  })

  test('breaks no program that was written for a released version, but as docs/openapi-changes.json declares', () => {
    const declared = read('../../../../docs/openapi-changes.json') as Record<string, Record<string, string>>
    const released = read('../../testing/upgrades/0.1.0/openapi.json') as ApiDocument
    expect(breakingChanges(released, document)).toEqual(Object.keys(declared['0.1.0'] ?? {}).sort())
    expect(Object.values(declared['0.1.0'] ?? {}).filter((reason) => reason.length < 20)).toEqual([])
  })

  test('names every operation once, says what it does and where it belongs', () => {
    const described = operations() as Array<{ operationId?: string; summary?: string; tags?: string[] }>
    expect(described.length).toBeGreaterThan(80)
    expect(
      described.filter(({ operationId, summary, tags }) => !operationId || !summary || !tags?.[0]),
    ).toEqual([])
    const ids = described.map(({ operationId }) => operationId)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  })

  /** Every request body and success: where it is, its schema and its examples. */
  const contents = () =>
    Object.entries(document.paths ?? {}).flatMap(([path, each]) =>
      Object.entries(each as Record<string, DescribedOperation>).flatMap(([method, operation]) => {
        const successes = Object.entries(operation.responses ?? {}).filter(([status]) =>
          status.startsWith('2'),
        )
        return [['body', operation.requestBody] as const, ...successes].flatMap(([part, has]) =>
          Object.entries(has?.content ?? {}).map(([mediaType, { schema, example }]) => ({
            where: `${method} ${path} ${part} ${mediaType}`,
            schema,
            example,
          })),
        )
      }),
    )

  test('has an example of every request body and every success, which its schema accepts', () => {
    const found = contents()
    expect(found.length).toBeGreaterThan(100)
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'document', components: document.components ?? {} })
    const named: Readonly<Record<string, unknown>> = contract
    const problems = found.flatMap(({ where, schema, example }) => {
      if (example === undefined) return `${where}: no example`
      const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object
      const validate = ajv.compile(local)
      if (!validate(example))
        return `${where}: ${ajv.errorsText(validate.errors)} ${JSON.stringify(example).slice(0, 300)}`
      // What JSON Schema cannot say, the schema of the contract does.
      const name = /schemas\/(\w+?)(Input)?$/.exec(schema.$ref ?? '')?.[1]
      const zod = name === undefined ? undefined : named[name]
      const parsed = zod instanceof z.ZodType ? zod.safeParse(example) : null
      return parsed?.error ? `${where}: ${parsed.error.message}` : []
    })
    expect(problems).toEqual([])
  })

  test('its examples of what sensors send are taken as they are', async () => {
    const sent = contents().filter(({ where }) =>
      /^post \/(log|services\/collector(\/event|\/raw)?) body/.test(where),
    )
    expect(sent.length).toBe(5)
    for (const { where, example } of sent) {
      const [, path = '', , mediaType = ''] = where.split(' ')
      const answer = await api.call(path, {
        method: 'POST',
        as: SENSOR_KEY,
        headers: { 'content-type': mediaType },
        body: typeof example === 'string' ? example : JSON.stringify(example),
      })
      expect([where, answer.status]).toEqual([where, 200])
    }
  })

  test('says what parameters and fields mean', () => {
    const text = JSON.stringify(document)
    expect(text).toContain('Address or CIDR, IPv4 or IPv6')
    expect(text).toContain('MITRE ATT&CK technique ids')
  })

  test('names the schemas that answers share', () => {
    const names = Object.keys(document.components?.schemas ?? {})
    expect(names).toEqual(
      expect.arrayContaining(['Alert', 'Attacker', 'Event', 'Problem', 'Session', 'SloStatus']),
    )
  })
})
