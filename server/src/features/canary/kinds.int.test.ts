import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CanaryHit, CanaryKind, CanaryTokenDetail, CanaryUrlCheck, Page } from '@eviltwin/contract'
import { PDFDict, PDFDocument, PDFName, PDFString } from 'pdf-lib'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const run = promisify(execFile)
const UNZIP = '/usr/bin/unzip'
let api: TestPlatform
let token: string
let folder: string
beforeAll(async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  api = await startTestPlatform(server)
  token = await api.login()
  folder = await mkdtemp(join(tmpdir(), 'canary-kinds-'))
})
afterAll(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

async function create(kind: CanaryKind): Promise<CanaryTokenDetail> {
  const body = JSON.stringify({ kind, name: `a ${kind}` })
  const response = await api.call('/canary/tokens', { method: 'POST', as: token, body })
  expect(response.status).toBe(201)
  return (await response.json()) as CanaryTokenDetail
}
const pathOf = ({ url }: CanaryTokenDetail) => new URL(url).pathname
const bytesOf = ({ artifact }: CanaryTokenDetail) =>
  Buffer.from(artifact?.content ?? '', artifact?.encoding ?? 'utf8')
const hitsOf = async ({ id }: CanaryTokenDetail) => {
  const response = await api.call(`/canary/tokens/${id}/hits`, { as: token })
  return ((await response.json()) as Page<CanaryHit>).items
}
const saved = async (canary: CanaryTokenDetail) => {
  const file = join(folder, `${canary.kind}-${canary.artifact?.filename}`)
  await writeFile(file, bytesOf(canary))
  return file
}

test.skipIf(!existsSync(UNZIP))('a DOCX is a package whose image is at the URL', async () => {
  const canary = await create('docx')
  const file = await saved(canary)
  expect((await run(UNZIP, ['-t', file])).stdout).toContain('No errors detected')
  const part = async (name: string) => (await run(UNZIP, ['-p', file, name])).stdout
  expect(await part('word/_rels/document.xml.rels')).toContain(`Target="${canary.url}" TargetMode="External"`)
  expect(await part('word/document.xml')).toContain('r:link="rId1"')
  const image = await api.call(pathOf(canary))
  expect(image.headers.get('content-type')).toBe('image/gif')
  expect(await hitsOf(canary)).toHaveLength(1)
})

test('a PDF requests the URL when it is opened and when it is clicked', async () => {
  const canary = await create('pdf')
  const document = await PDFDocument.load(bytesOf(canary), { throwOnInvalidObject: true })
  expect(document.getPageCount()).toBe(1)
  const uriOf = (action: PDFDict | undefined) => action?.lookup(PDFName.of('URI'), PDFString).asString()
  expect(uriOf(document.catalog.lookup(PDFName.of('OpenAction'), PDFDict))).toBe(canary.url)
  const link = document.getPage(0).node.Annots()?.lookup(0, PDFDict)
  expect(uriOf(link?.lookup(PDFName.of('A'), PDFDict))).toBe(canary.url)
})

test.skipIf(!existsSync(UNZIP))(
  'a Git repository is one that Git reads, and its fetch is a visit',
  async () => {
    const canary = await create('git_repository')
    await run(UNZIP, ['-q', await saved(canary), '-d', folder])
    const git = async (...options: string[]) =>
      (await run('git', ['-c', 'safe.directory=*', '-C', join(folder, 'deploy-scripts'), ...options])).stdout
    expect(await git('fsck', '--strict')).toBe('')
    expect(await git('log', '--format=%s')).toBe('Add README\n')
    expect((await git('remote', 'get-url', 'origin')).trim()).toBe(canary.url)
    // The test's server has another port than its URLs say.
    await git('remote', 'set-url', 'origin', `${api.url}${pathOf(canary)}`)
    await expect(git('fetch')).rejects.toThrow('403')
    const [hit] = await hitsOf(canary)
    expect(hit).toMatchObject({
      client: expect.stringMatching(/^git\//),
      message: 'a git_repository: GET /info/refs',
    })
  },
)

test('requests with a kubeconfig are visits with their path, and are forbidden as by Kubernetes', async () => {
  const canary = await create('kubeconfig')
  const config = parse(canary.artifact?.content ?? '')
  expect(config).toMatchObject({ kind: 'Config', clusters: [{ cluster: { server: canary.url } }] })
  const ask = async (path: string, method = 'GET') => {
    const answer = await api.call(`${pathOf(canary)}${path}`, { method })
    return { status: answer.status, ...((await answer.json()) as object) }
  }
  // What a server has is seen, so that clients go on to what their user wants.
  expect(await ask('/api')).toMatchObject({ status: 200, kind: 'APIVersions', versions: ['v1'] })
  expect(await ask('/apis')).toMatchObject({ status: 200, kind: 'APIGroupList', groups: [] })
  const { resources } = (await ask('/api/v1')) as unknown as { resources: object[] }
  expect(resources).toContainEqual(expect.objectContaining({ name: 'secrets', namespaced: true }))
  const user = 'User "system:serviceaccount:payments:deploy" cannot'
  for (const [path, method, message] of [
    [
      '/api/v1/namespaces/payments/secrets?limit=500',
      'GET',
      `secrets is forbidden: ${user} list resource "secrets" in API group "" in the namespace "payments"`,
    ],
    [
      '/api/v1/nodes/a',
      'DELETE',
      `nodes is forbidden: ${user} delete resource "nodes" in API group "" at the cluster scope`,
    ],
    ['/metrics', 'GET', `forbidden: ${user} list path "/metrics"`],
  ] as const) {
    const answer = await ask(path, method)
    expect(answer).toMatchObject({ status: 'Failure', reason: 'Forbidden', code: 403, message })
  }
  expect(await hitsOf(canary)).toMatchObject([
    { visit: { method: 'GET', target: '/metrics' } },
    { visit: { method: 'DELETE', target: '/api/v1/nodes/a' } },
    {
      visit: { target: '/api/v1/namespaces/payments/secrets' },
      message: 'a kubeconfig: GET /api/v1/namespaces/payments/secrets',
    },
    { visit: { target: '/api/v1' } },
    { visit: { target: '/apis' } },
    { visit: { target: '/api' } },
  ])
})

const KUBECTL = '/usr/bin/kubectl'
test.skipIf(!existsSync(KUBECTL))(
  'kubectl asks for what its user wants, and says that it is forbidden',
  async () => {
    const canary = await create('kubeconfig')
    // The test's server has another port than its URLs say.
    const config = canary.artifact?.content.replace(canary.url, api.url + pathOf(canary)) ?? ''
    const file = join(folder, 'kubeconfig')
    await writeFile(file, config, { mode: 0o600 })
    const cache = ['--kubeconfig', file, '--cache-dir', join(folder, 'kube-cache')]
    await expect(run(KUBECTL, [...cache, 'get', 'secrets'])).rejects.toThrow('secrets is forbidden')
    const targets = (await hitsOf(canary)).map(({ visit }) => visit?.target)
    expect(targets).toContain('/api/v1/namespaces/payments/secrets')
  },
)

test('text files name the URL where a program looks for it', async () => {
  const env = await create('env_file')
  expect(env.artifact?.content.split('\n')).toContain(`ADMIN_API_URL=${env.url}`)
  const robots = await create('robots_txt')
  expect(robots.artifact?.content).toBe(`User-agent: *\nDisallow: ${pathOf(robots)}/\n`)
  const dump = await create('sql_dump')
  expect(dump.artifact?.content).toContain(`(1,'admin','${dump.url}',`)
  expect(dump.artifact?.content).not.toContain('MASTER')
  for (const canary of [env, robots, dump]) {
    await api.call(`${pathOf(canary)}/`)
    expect(await hitsOf(canary)).toHaveLength(1)
  }
})

test('an MCP server answers a client, and a call of its tool is recorded with its arguments', async () => {
  const canary = await create('mcp_server')
  const { mcpServers } = JSON.parse(canary.artifact?.content ?? '')
  expect(mcpServers['production-secrets'].url).toBe(`${canary.url}/mcp`)
  const send = (message: unknown) =>
    api.call(`${pathOf(canary)}/mcp`, { method: 'POST', body: JSON.stringify(message) })
  const ask = async (id: number, method: string, params: object = {}) =>
    (await (await send({ jsonrpc: '2.0', id, method, params })).json()) as object
  const clientInfo = { name: 'agent', version: '1' }
  expect(await ask(1, 'initialize', { protocolVersion: '2025-03-26', clientInfo })).toMatchObject({
    id: 1,
    result: { protocolVersion: '2025-03-26', capabilities: { tools: {} } },
  })
  expect((await send({ jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(202)
  expect(await ask(2, 'tools/list')).toMatchObject({ result: { tools: [{ name: 'read_secret' }] } })
  const call = { name: 'read_secret', arguments: { name: 'database/payments' } }
  expect(await ask(3, 'tools/call', call)).toMatchObject({ result: { isError: true } })
  expect(await ask(4, 'no/such')).toMatchObject({ error: { code: -32601 } })
  expect((await send([{ jsonrpc: '2.0' }])).status).toBe(400)
  expect((await api.call(`${pathOf(canary)}/mcp`)).status).toBe(405)
  const messages = (await hitsOf(canary)).map(({ message }) => message)
  expect(messages).toContain(`a mcp_server: POST /mcp, MCP tools/call ${JSON.stringify(call)}`)
  expect(messages).toContain(`a mcp_server: POST /mcp, MCP initialize ${JSON.stringify(clientInfo)}`)
})

test('arguments of any depth hide no call', async () => {
  const canary = await create('mcp_server')
  const deep = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`
  expect((await api.call(pathOf(canary), { method: 'POST', body: deep })).status).toBe(200)
  expect(await hitsOf(canary)).toHaveLength(1)
})

test('without a zone there is nothing to delegate', async () => {
  expect(await (await api.call('/canary/dns', { as: token })).json()).toEqual({ zone: null })
  expect((await api.call('/canary/dns-check', { method: 'POST', as: token })).status).toBe(409)
})

test.each(['dns', 'wireguard'])('a token of kind %s is refused without a zone', async (kind) => {
  const body = JSON.stringify({ kind, name: 'a name' })
  expect((await api.call('/canary/tokens', { method: 'POST', as: token, body })).status).toBe(409)
})

test('a token is deleted once it is disabled; its events stay, and later visits are of nobody', async () => {
  const canary = await create('link')
  await api.call(pathOf(canary))
  const change = (method: string, body?: object) =>
    api.call(`/canary/tokens/${canary.id}`, {
      method,
      as: token,
      ...(body && { body: JSON.stringify(body) }),
    })
  expect((await change('DELETE')).status).toBe(409)
  await change('PATCH', { enabled: false })
  expect((await change('DELETE')).status).toBe(204)
  for (const method of ['GET', 'DELETE']) expect((await change(method)).status).toBe(404)
  expect((await change('PATCH', { enabled: true })).status).toBe(404)
  const list = await (await api.call('/canary/tokens', { as: token })).json()
  expect(JSON.stringify(list)).not.toContain(canary.id)
  expect((await api.call(pathOf(canary))).status).toBe(404)
  const sessions = await (await api.call(`/sessions?sensor_id=${canary.sensor_id}`, { as: token })).json()
  expect(sessions).toMatchObject({ items: [{ sensor_id: canary.sensor_id, event_count: 1 }] })
  const entries = await (await api.call('/audit?limit=5', { as: token })).json()
  expect(entries.items[0]).toMatchObject({ action: 'canary_token.delete' })
})

test('the URL of tokens is tested without a visit, and says who answered', async () => {
  const check = async (platform: TestPlatform) => {
    const as = await platform.login()
    return (await (await platform.call('/canary/url-check', { method: 'POST', as })).json()) as CanaryUrlCheck
  }
  // The addresses of tests are not open to it.
  expect(await check(api)).toMatchObject({
    outcome: 'unreachable',
    detail: expect.stringContaining('OUTBOUND_ALLOWED_NETWORKS'),
  })
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  const open = { OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8,::1' }
  const beside = (CANARY_URL: string) =>
    startTestPlatform(server, {
      beside: api,
      environment: { ...open, CANARY_URL, PUBLIC_URL: 'http://soc.invalid' },
    })
  // Another process of the same server proves it as well.
  for (const [url, outcome] of [
    [api.url, 'reachable'],
    [`${api.url}/elsewhere`, 'another_program'],
    ['http://127.0.0.1:9', 'unreachable'],
  ] as const) {
    const replica = await beside(url)
    expect(await check(replica)).toMatchObject({ url, outcome })
    await replica.close()
  }
})
