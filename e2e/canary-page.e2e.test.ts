import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../server/src/testing/free-port.js'
import { accessibilityProblems, expectNoSidewaysScroll, logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'

const ZONE = 'c.example.org'
const [port, dnsPort] = [await freePort(), await freePort()]
const platform = platformOfFile({
  PORT: String(port),
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
  CANARY_DNS_ZONE: ZONE,
  CANARY_DNS_PORT: String(dnsPort),
  CANARY_DNS_ADDRESS: '192.0.2.53',
  // A server that answers for the zone is all that a resolver is to whoever asks for its names.
  CANARY_DNS_RESOLVERS: `127.0.0.1:${dnsPort}`,
  CANARY_VISITS_PER_ADDRESS: '1000',
})
const WORD = 'Mozilla/4.0 (compatible; ms-office; MSOffice 16)'
const resolver = new Resolver()
resolver.setServers([`127.0.0.1:${dnsPort}`])

let page: Page
let problems: string[]
let dialog: Locator

async function open(colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
  ;({ page, problems } = await platform.openPage({ colorScheme }))
  dialog = page.getByRole('dialog', { name: 'Canary', exact: true })
  await page.goto(`${platform.url}/dashboard/canaries`)
  await logIn(page)
  await page.getByRole('heading', { level: 1, name: 'Canary tokens' }).waitFor()
}

/** Creates a token on the page, and leaves its dialog open. */
async function create(kind: string, name: string): Promise<string> {
  await page.getByRole('button', { name: 'New canary' }).click()
  const asking = page.getByRole('dialog', { name: 'New canary' })
  await asking.getByLabel('Kind').selectOption(kind)
  await asking.getByLabel('Location').fill(name)
  await asking.getByRole('button', { name: 'Create' }).click()
  return (await dialog.locator('pre').textContent()) ?? ''
}

async function downloaded(): Promise<{ name: string; bytes: Buffer }> {
  const started = page.waitForEvent('download')
  await dialog.getByRole('button', { name: /^Download / }).click()
  const download = await started
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

const close = () => page.keyboard.press('Escape')
const reopen = async (name: string) => {
  await page.reload()
  await page.getByRole('row').filter({ hasText: name }).getByRole('button').click()
}

afterEach(async () => {
  await page.close()
})

/** Each kind, its file if it has one, and what is in that. */
const KINDS: ReadonlyArray<
  readonly [kind: string, file: string | null, content: (bytes: Buffer, url: string) => unknown]
> = [
  ['link', null, () => true],
  ['web_bug', null, () => true],
  ['login_form', null, () => true],
  ['robots_txt', 'robots.txt', (bytes, url) => String(bytes).includes(`Disallow: ${new URL(url).pathname}/`)],
  ['mcp_server', 'mcp.json', (bytes, url) => String(bytes).includes(`${url}/mcp`)],
  ['docx', 'service-accounts.docx', (bytes) => bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04'],
  ['document', 'passwords-2026.doc', (bytes, url) => String(bytes).includes(url)],
  ['pdf', 'service-accounts.pdf', (bytes, url) => /^%PDF-/.test(String(bytes)) && bytes.includes(url)],
  ['aws_keys', 'credentials', (bytes, url) => String(bytes).includes(`endpoint_url = ${url}`)],
  ['kubeconfig', 'config', (bytes, url) => parse(String(bytes)).clusters[0].cluster.server === url],
  // Browsers leave out the first dot.
  ['env_file', 'env', (bytes, url) => String(bytes).includes(`ADMIN_API_URL=${url}`)],
  ['git_repository', 'deploy-scripts.zip', (bytes, url) => bytes.subarray(0, 2).toString() === 'PK' && url],
  ['sql_dump', 'payments.sql', (bytes, url) => String(bytes).includes(url) && bytes.includes('MASTER_HOST')],
  ['dns', null, (_, url) => url.endsWith(`.${ZONE}`)],
  ['wireguard', 'wg0.conf', (bytes, url) => String(bytes).includes(`Endpoint = ${url}:51820`)],
  ['canarytokens', null, (_, url) => url.includes('/canary/hooks/')],
  [
    'opencanary',
    'opencanary-webhook.json',
    (bytes, url) => JSON.stringify(JSON.parse(String(bytes))).includes(url),
  ],
]

test('without a canary the page says what to do; it says when the list cannot be loaded', async () => {
  await open()
  await page.getByText('No canary yet').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByText(/kinds, where to place each/).click()
  await page.getByRole('row').filter({ hasText: 'WireGuard configuration' }).getByText('wg0.conf').waitFor()
  const refusal = {
    type: '/problems/store-unavailable',
    title: 'x',
    status: 503,
    detail: 'the database is away',
  }
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route('**/canary/tokens', async (route) => {
    await held
    await route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ ...refusal, request_id: 'r' }),
    })
  })
  await page.reload()
  await page.locator('[aria-busy=true]').first().waitFor()
  release()
  await page.getByRole('alert').getByText('the database is away').waitFor()
  await page.unroute('**/canary/tokens')
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click()
  await page.getByText('No canary yet').waitFor()
})

test('each kind is created, and its file is downloaded', async () => {
  await open()
  for (const [kind, file, isRight] of KINDS) {
    const url = await create(kind, `the ${kind} of the share`)
    const found = file === null ? { name: null, bytes: Buffer.alloc(0) } : await downloaded()
    expect(found.name, kind).toBe(file)
    expect(isRight(found.bytes, url), kind).toBeTruthy()
    await close()
  }
  expect(await page.getByRole('row').filter({ hasText: 'of the share' }).count()).toBe(KINDS.length)
  expect(problems).toEqual([])
})

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  beforeEach(() => open(colorScheme))

  test('a visit is listed with what it says, and a lookup with the name asked', async () => {
    const share = `share ${colorScheme}`
    const url = await create('docx', share)
    await dialog.getByText('No hits yet').waitFor()
    await takePicture(page, `canary-without-hits-${colorScheme}`)
    expect(await accessibilityProblems(page)).toEqual([])
    await fetch(`${url}/<img src=x onerror=alert(1)>`, {
      headers: { 'user-agent': WORD, referer: 'https://mail.example/', 'accept-language': 'de-DE' },
    })
    await close()
    await reopen(share)
    await dialog.getByText('Microsoft Office').click()
    await dialog.getByText('GET /<img src=x onerror=alert(1)>', { exact: true }).waitFor()
    for (const said of [WORD, 'https://mail.example/', 'de-DE'])
      await dialog.getByText(said, { exact: true }).waitFor()
    await takePicture(page, `canary-visit-${colorScheme}`)
    expect(await accessibilityProblems(page)).toEqual([])
    await close()

    const name = await create('dns', `hosts ${colorScheme}`)
    expect(await resolver.resolve4(`exfil.7.${name}`)).toEqual(['192.0.2.53'])
    await close()
    await page
      .getByRole('row')
      .filter({ hasText: `hosts ${colorScheme}` })
      .getByRole('cell', { name: '1', exact: true })
      .waitFor()
    await reopen(`hosts ${colorScheme}`)
    await dialog.getByText('DNS lookup').click()
    await dialog.getByText(`exfil.7.${name}`, { exact: true }).waitFor()
    await takePicture(page, `canary-lookup-${colorScheme}`)
    await page.setViewportSize({ width: 390, height: 800 })
    await expectNoSidewaysScroll(page, 'canary')
    await takePicture(page, `canary-narrow-${colorScheme}`)
    await dialog.getByRole('link', { name: 'session' }).click()
    await page.getByRole('heading', { level: 1, name: 'Session of' }).waitFor()
    expect(problems).toEqual([])
  })

  test('the URL and the delegation of the zone are checked', async () => {
    await page.getByRole('button', { name: 'Test the URL' }).click()
    await page.getByText('Reachable', { exact: true }).waitFor()
    const zone = page.getByRole('region', { name: 'Names in the DNS' })
    await zone.getByText(`ns.${ZONE}.`, { exact: true }).first().waitFor()
    await zone.getByRole('button', { name: 'Check the delegation' }).click()
    await zone.getByText('Lookups reach this server.').waitFor()
    await takePicture(page, `canary-checks-${colorScheme}`, { fullPage: true })
    expect(await accessibilityProblems(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 800 })
    await expectNoSidewaysScroll(page, 'canaries')
    await takePicture(page, `canaries-narrow-${colorScheme}`, { fullPage: true })
    expect(problems).toEqual([])
  })

  test('a canary is deleted once it is disabled and that is confirmed', async () => {
    const place = `old share ${colorScheme}`
    await create('link', place)
    await dialog.getByText('disable it first').waitFor()
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await dialog.getByRole('button', { name: 'Delete …' }).click()
    await dialog.getByText('This cannot be undone').waitFor()
    await takePicture(page, `canary-deletion-${colorScheme}`)
    expect(await accessibilityProblems(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.getByRole('button', { name: 'Delete …' }).click()
    await dialog.getByRole('button', { name: 'Delete permanently' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('row').filter({ hasText: place }).waitFor({ state: 'detached' })
    expect(problems).toEqual([])
  })
})

test('everything is done with the keyboard', async () => {
  await open()
  await page.getByRole('button', { name: 'New canary' }).focus()
  await page.keyboard.press('Enter')
  // The list of kinds has the focus; letters choose in it.
  await page.keyboard.type('kube')
  await page.getByRole('dialog', { name: 'New canary' }).getByText('~/.kube/config').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type('by keyboard')
  await page.keyboard.press('Enter')
  await dialog.getByText('by keyboard').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'by keyboard' }).focus()
  await page.keyboard.press('Enter')
  await dialog.getByRole('button', { name: 'Disable' }).focus()
  await page.keyboard.press('Space')
  await dialog.getByRole('button', { name: 'Enable' }).waitFor()
  expect(problems).toEqual([])
})
