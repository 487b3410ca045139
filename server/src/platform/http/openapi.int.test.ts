import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@hey-api/openapi-ts'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type ApiDocument, breakingChanges } from '../../testing/api-compatibility.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))

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

  test('is what docs/openapi.json says, but for the version (npm test -- openapi -u renews it)', async () => {
    const text = `${JSON.stringify({ ...document, info: { title: 'EvilTwin' } }, null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../../docs/openapi.json')
  })

  test("is what the dashboard's client was generated from (npm test -- openapi -u renews it)", async () => {
    const types = astToString(await openapiTS(JSON.stringify(document), { defaultNonNullable: false }))
    const text = `// Generated from /openapi.json by openapi-typescript; see server/src/platform/http/openapi.int.test.ts.\n${types}`
    await expect(text).toMatchFileSnapshot('../../../../dashboard/src/api/schema.d.ts')
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
