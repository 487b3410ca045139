import { execFile } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { afterEach, describe, expect, test } from 'vitest'
import { feed, type ListeningDecoy, listenWith, testIdentity } from '../../testing/decoy-harness.js'
import { assertAnyStream } from '../../testing/decoy-properties.js'
import { silent } from '../../testing/silent.js'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createSmtpDecoy } from './decoy.js'
import { smtpProfileOf } from './server-profile.js'

const SWAKS = '/usr/bin/swaks'
const run = promisify(execFile)

let listening: ListeningDecoy | null = null
afterEach(() => listening?.stop())

const logins = () => listening?.records().filter(({ event_type }) => event_type === 'login_attempt') ?? []

describe.skipIf(!existsSync(SWAKS))('swaks', () => {
  const swaks = (...parameters: string[]) =>
    run(SWAKS, ['--server', '127.0.0.1', '--port', String(listening?.port), ...parameters]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )

  test('a message is taken, kept and goes nowhere', async () => {
    listening = await listenWith(createSmtpDecoy)
    const output = await swaks(
      ...['--from', 'spam@example.com', '--to', 'victim@example.net,other@example.net'],
      ...['--body', 'hello\n.dot at the beginning\n', '--h-Subject', 'test of relaying'],
    )
    expect(output).toMatch(/<- +250 .*(queued|OK|accepted)/)
    const [file] = listening.files()
    expect(String(file?.content)).toMatch(
      /Subject: test of relaying\r\n[\s\S]*\r\n\.dot at the beginning\r\n/,
    )
    expect(listening.records()).toContainEqual(
      expect.objectContaining({
        event_type: 'file_upload',
        action: 'smtp.message',
        file_sha256: createHash('sha256')
          .update(file?.content ?? '')
          .digest('hex'),
        details: expect.objectContaining({
          sender: 'spam@example.com',
          recipients: ['victim@example.net', 'other@example.net'],
          is_cut: false,
          is_complete: true,
        }),
      }),
    )
  })

  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('credentials by %s', async (mechanism) => {
    listening = await listenWith(createSmtpDecoy)
    const { adminPassword } = baitSecretsOf(testIdentity())
    const login = ['--auth', mechanism, '--auth-user', 'postmaster', '--to', 'a@example.net']
    await swaks(...login, '--auth-password', 'qwerty-unlikely', '--quit-after', 'AUTH')
    await swaks(...login, '--auth-password', adminPassword, '--quit-after', 'AUTH')
    const action = `smtp.auth.${mechanism.toLowerCase()}`
    expect(logins()).toEqual([
      expect.objectContaining({ action, username: 'postmaster', outcome: 'failure' }),
      expect.objectContaining({
        action,
        username: 'postmaster',
        outcome: 'success',
        password: adminPassword,
      }),
    ])
    expect(logins()[1]?.details?.['bait']).toEqual(['adminPassword'])
    if (mechanism === 'CRAM-MD5') expect(logins()[0]?.details?.['hash']).toMatch(/^\$cram_md5\$/)
    else expect(logins()[0]?.password).toBe('qwerty-unlikely')
  })

  test('STARTTLS is refused politely', async () => {
    listening = await listenWith(createSmtpDecoy)
    await swaks('--tls', '--to', 'a@example.net')
    expect(listening.failures).toEqual([])
  })
})

describe('a mail server that delivers nothing', () => {
  const decoy = createSmtpDecoy({ identity: testIdentity(), log: silent('decoy'), now: Date.now })
  const say = (text: string) => feed(decoy, [Buffer.from(text, 'latin1')])

  test('nodemailer sends through it', async () => {
    listening = await listenWith(createSmtpDecoy)
    const transport = createTransport({ host: '127.0.0.1', port: listening.port, ignoreTLS: true })
    const sent = await transport.sendMail({ from: 'a@example.com', to: 'b@example.net', text: 'hello' })
    transport.close()
    expect(sent.accepted).toEqual(['b@example.net'])
    expect(listening.files()).toHaveLength(1)
  })

  test('commands may be sent all at once', async () => {
    const { session, answer } = await say(
      'EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nhello\r\n..dot\r\n.\r\nQUIT\r\n',
    )
    expect(String(session.files[0]?.content)).toBe('hello\r\n.dot\r\n')
    expect(String(answer).trimEnd().split('\r\n').at(-1)).toMatch(/^221/)
  })

  test.each([
    ['RCPT TO:<a@b>\r\n', /^503/],
    ['DATA\r\n', /^503/],
    ['MAIL FROM\r\n', /^501/],
    ['VRFY root\r\n', /^252/],
    ['EXPN all\r\n', /^502/],
    ['STARTTLS\r\n', /^454/],
    ['AUTH NTLM\r\n', /^535/],
    ['AUTH PLAIN YWJj\r\n', /^501/],
    ['AUTH LOGIN\r\n*\r\n', /^334.*\r\n501/],
    ['constructor\r\n', /^502/],
  ])('%j', async (input, expected) => {
    const { answer } = await say(input)
    expect(String(answer).replace(/^220.*\r\n/, '')).toMatch(expected)
  })

  test('a line that is too long', async () => {
    expect(String((await say(`${'A'.repeat(13_000)}\r\n`)).answer)).toMatch(/\r\n500 /)
  })

  test('too many errors end a connection', async () => {
    const { answer } = await say('nonsense\r\n'.repeat(50))
    expect(String(answer).match(/^502/gm)).toHaveLength(20)
    expect(String(answer)).toMatch(/421 .*too many errors\r\n$/)
  })

  test('a message that is larger than its limit is cut, and its record says so', async () => {
    const line = `${'x'.repeat(1_000)}\r\n`
    const { session } = await say(
      `MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n${line.repeat(3_000)}.\r\nQUIT\r\n`,
    )
    expect(session.files[0]?.content).toHaveLength(2 * 1024 * 1024)
    expect(session.records.find(({ action }) => action === 'smtp.message')?.details).toMatchObject({
      bytes: 3_000 * 1_002,
      is_cut: true,
    })
  })

  test('a message that the client does not finish is kept as far as it arrived', async () => {
    const { session } = await say('MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhalf')
    expect(String(session.files[0]?.content)).toBe('half')
  })

  test('the hash of CRAM-MD5 is of the challenge and the password', async () => {
    const { answer } = await say('AUTH CRAM-MD5\r\n')
    const challenge = Buffer.from(/^334 (.*)\r$/m.exec(String(answer))?.[1] ?? '', 'base64').toString()
    const digest = createHmac('md5', 'letmein').update(challenge).digest('hex')
    const { session } = await say(
      `AUTH CRAM-MD5\r\n${Buffer.from(`joe ${digest}`).toString('base64')}\r\nQUIT\r\n`,
    )
    expect(session.records).toContainEqual(
      expect.objectContaining({ event_type: 'login_attempt', username: 'joe', password: 'letmein' }),
    )
  })

  test('installations present themselves differently', () => {
    const banners = new Set(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((seed) => smtpProfileOf(testIdentity(seed)).banner),
    )
    expect(banners.size).toBe(6)
  })

  test('whatever the bytes are, and however they arrive, the records are the same', async () => {
    await assertAnyStream(createSmtpDecoy, [
      'EHLO host\r\n',
      'MAIL FROM:<a@b>\r\n',
      'RCPT TO:<a@b>\r\n',
      'DATA\r\n',
      'text\r\n.\r\n',
      'AUTH PLAIN AGEAYg==\r\n',
      'AUTH LOGIN\r\n',
      'AUTH CRAM-MD5\r\n',
      'YWJj\r\n',
      'RSET\r\n',
      'QUIT\r\n',
    ])
  })
})
