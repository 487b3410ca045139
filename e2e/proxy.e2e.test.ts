import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'
import { logIn, openBrowser, watchForProblems } from './browser.js'
import { createInstallation, type Installation, PASSWORD, type RunningServer } from './server-process.js'

const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path))
const CADDY = ['/usr/bin/caddy', '/usr/local/bin/caddy'].find((path) => existsSync(path))
const OPENSSL = '/usr/bin/openssl'
const CADDYFILE = readFileSync(new URL('../deploy/caddy/Caddyfile', import.meta.url), 'utf8')
const CONFIG = readFileSync(new URL('../deploy/nginx/eviltwin.conf', import.meta.url), 'utf8')

describe.skipIf(!NGINX || !existsSync(OPENSSL))('behind nginx with the shipped configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-nginx-'))
  let url: string
  let installation: Installation
  let server: RunningServer
  let nginx: ChildProcess
  let browser: Browser
  let context: BrowserContext

  beforeAll(async () => {
    const [tls, plain] = [await freePort(), await freePort()]
    url = `https://localhost:${tls}`
    installation = await createInstallation({
      ADMIN_PASSWORD: PASSWORD,
      TRUST_PROXY: '127.0.0.1',
      PUBLIC_URL: url,
    })
    server = await installation.start()
    makeCertificate(directory)
    // Its workers may run as another user.
    chmodSync(directory, 0o755)
    writeFileSync(join(directory, 'nginx.conf'), nginxConfig(directory, { tls, plain, to: installation.url }))
    nginx = spawn(NGINX as string, ['-p', directory, '-c', join(directory, 'nginx.conf')], {
      stdio: 'ignore',
    })
    browser = await openBrowser()
    context = await browser.newContext({ ignoreHTTPSErrors: true })
    await until(async () => (await context.request.get(`${url}/health/live`).catch(() => null))?.ok())
  })
  afterAll(async () => {
    await browser?.close()
    nginx?.kill('SIGTERM')
    await server?.kill('SIGTERM')
    installation?.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  test('the login is in cookies that only TLS carries, for /auth alone, and the live feed is connected', async () => {
    const page = await context.newPage()
    const problems = watchForProblems(page, url)
    await page.goto(`${url}/dashboard`)
    await logIn(page)
    await page.getByText('Feed connected').waitFor()
    const cookies = await context.cookies(`${url}/auth`)
    expect(cookies.map(({ name }) => name).sort()).toEqual([
      '__Secure-eviltwin_device',
      '__Secure-eviltwin_refresh',
    ])
    for (const cookie of cookies)
      expect(cookie).toMatchObject({ path: '/auth', secure: true, httpOnly: true, sameSite: 'Strict' })
    expect(await context.cookies(`${url}/sessions`)).toEqual([])
    await page.reload()
    await page.getByText('Feed connected').waitFor()
    expect(problems.filter((problem) => !problem.startsWith('request to wss:'))).toEqual([])
    await page.close()
  })

  test('what a client writes into X-Forwarded-For and X-Forwarded-Proto is not believed', async () => {
    const attempt = await context.request.post(`${url}/auth/login`, {
      data: { username: 'admin', password: 'wrong' },
      headers: {
        'x-forwarded-for': '198.51.100.77',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'evil.example.com',
      },
    })
    expect(attempt.status()).toBe(401)
    const failed = () =>
      server
        .output()
        .stdout.split('\n')
        .filter((line) => line.includes('"Auth login failed"'))
    await until(async () => failed().length > 0)
    expect(JSON.parse(failed()[0] ?? '')).toMatchObject({
      client_ip: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    })
    expect(server.output().stdout).not.toContain('198.51.100.77')
  })

  test('TLS is remembered by browsers, and what only some may see is kept by no cache', async () => {
    const answer = await context.request.get(`${url}/sessions`)
    expect(answer.status()).toBe(401)
    expect(answer.headers()).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'cache-control': 'no-store',
    })
  })
})

describe.skipIf(!CADDY)('behind Caddy with the shipped configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-caddy-'))
  let url: string
  let installation: Installation
  let server: RunningServer
  let caddy: ChildProcess
  let browser: Browser
  let context: BrowserContext

  beforeAll(async () => {
    const port = await freePort()
    url = `https://localhost:${port}`
    installation = await createInstallation({
      ADMIN_PASSWORD: PASSWORD,
      TRUST_PROXY: '127.0.0.1',
      PUBLIC_URL: url,
    })
    server = await installation.start()
    const file = join(directory, 'Caddyfile')
    writeFileSync(file, caddyConfig(directory, { port, to: new URL(installation.url).host }))
    caddy = spawn(CADDY as string, ['run', '--config', file, '--adapter', 'caddyfile'], { stdio: 'ignore' })
    browser = await openBrowser()
    context = await browser.newContext({ ignoreHTTPSErrors: true })
    await until(async () => (await context.request.get(`${url}/health/live`).catch(() => null))?.ok())
  })
  afterAll(async () => {
    await browser?.close()
    caddy?.kill('SIGTERM')
    await server?.kill('SIGTERM')
    installation?.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  test('the login is in cookies that only TLS carries, the live feed is connected, and forged headers are not believed', async () => {
    const forged = { 'x-forwarded-for': '198.51.100.77', 'x-forwarded-proto': 'http' }
    const data = { username: 'admin', password: 'wrong' }
    const attempt = await context.request.post(`${url}/auth/login`, { data, headers: forged })
    expect(attempt.status()).toBe(401)
    expect(attempt.headers()).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'cache-control': 'no-store',
    })
    const page = await context.newPage()
    await page.goto(`${url}/dashboard`)
    await logIn(page)
    await page.getByText('Feed connected').waitFor()
    const cookies = await context.cookies(`${url}/auth`)
    expect(cookies.map(({ name, secure, path }) => [name, secure, path]).sort()).toEqual([
      ['__Secure-eviltwin_device', true, '/auth'],
      ['__Secure-eviltwin_refresh', true, '/auth'],
    ])
    await until(async () => server.output().stdout.includes('"Auth login failed"'))
    expect(server.output().stdout).not.toContain('198.51.100.77')
    await page.close()
  })
})

/** The shipped site with the port of this test and a certificate of Caddy's own authority. */
function caddyConfig(directory: string, { port, to }: { port: number; to: string }): string {
  const site = CADDYFILE.replace(
    /^eviltwin\.example\.org \{/m,
    `localhost:${port} {\n\tbind 127.0.0.1\n\ttls internal`,
  ).replaceAll('127.0.0.1:8000', to)
  return `{
\tadmin off
\tauto_https disable_redirects
\tskip_install_trust
\tstorage file_system ${directory}/storage
}
${site}`
}

function makeCertificate(directory: string): void {
  const names = ['-keyout', join(directory, 'privkey.pem'), '-out', join(directory, 'fullchain.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  execFileSync(OPENSSL, ['req', ...kind, '-subj', '/CN=localhost', ...names], { stdio: 'ignore' })
}

/** The shipped server block with the ports and the certificate of this test, in the least that runs as any user. */
function nginxConfig(
  directory: string,
  { tls, plain, to }: { tls: number; plain: number; to: string },
): string {
  const block = CONFIG.replaceAll('/etc/ssl/eviltwin', directory)
    .replaceAll('eviltwin.example.org', 'localhost')
    .replace('listen 443 ssl', `listen 127.0.0.1:${tls} ssl`)
    .replace('listen 80', `listen 127.0.0.1:${plain}`)
    .replace('http://127.0.0.1:8000', to)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  return `daemon off; pid ${directory}/nginx.pid; error_log ${directory}/error.log; events { }
http { access_log off; ${temporary.join(' ')}
${block}}`
}
