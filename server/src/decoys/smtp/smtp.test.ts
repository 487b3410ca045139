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

  test('installations present themselves differently', () => {
    const banners = new Set(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((seed) => smtpProfileOf(testIdentity(seed)).product.banner(0)),
    )
    expect(banners.size).toBe(6)
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

/** The first identity whose banner names the product. */
function decoyOf(product: string) {
  for (let n = 0; n < 100; n += 1) {
    const identity = testIdentity(`smtp ${n}`)
    if (smtpProfileOf(identity).product.banner(0).includes(product))
      return createSmtpDecoy({ identity, log: silent('decoy'), now: () => Date.UTC(2026, 10, 26, 12) })
  }
  throw new Error('there is no such identity')
}

/** What each product answers last to these lines. */
const WORDS: ReadonlyArray<readonly [lines: string, postfix: RegExp, exim: RegExp, sendmail: RegExp]> = [
  [
    '',
    /^220 .* ESMTP Postfix \(/,
    /^220 .* Exim 4\.\d.* Thu, 26 Nov 2026 12:00:00 \+0000$/,
    /^220 .* Sendmail 8.*; Thu,/,
  ],
  [
    'HELO x',
    /^250 [^ ]+$/,
    /^250 [^ ]+ Hello x \[127\.0\.0\.1\]$/,
    /^250 [^ ]+ Hello \[127\.0\.0\.1\], pleased/,
  ],
  ['HELO', /^501 Syntax: HELO hostname$/, /^501 Syntactically invalid HELO/, /^501 5\.0\.0 HELO requires/],
  [
    'nonsense\x07',
    /^502 5\.5\.2 Error: command not/,
    /^500 unrecognized command$/,
    /^500 5\.5\.1 .*: "nonsense\?"$/,
  ],
  ['constructor', /^502 /, /^500 /, /^500 /],
  ['NOOP', /^250 2\.0\.0 Ok$/, /^250 OK$/, /^250 2\.0\.0 OK$/],
  ['RSET', /^250 2\.0\.0 Ok$/, /^250 Reset OK$/, /^250 2\.0\.0 Reset state$/],
  ['VRFY root', /^252 2\.0\.0 root$/, /^252 Administrative/, /^252 2\.5\.2 Cannot VRFY user; try RCPT/],
  ['EXPN all', /^502 /, /^550 Administrative/, /^502 5\.7\.0 Sorry/],
  ['ETRN a.b', /^459 <a\.b>: service/, /^458 Administrative/, /^502 5\.7\.0 Sorry/],
  ['STARTTLS', /^502 5\.5\.1 /, /^503 STARTTLS command used/, /^503 5\.5\.0 TLS not available$/],
  ['MAIL FROM', /^501 5\.5\.4 Syntax: MAIL FROM:/, /^501 MAIL must have/, /^501 5\.5\.2 Syntax error/],
  ['MAIL FROM:<a@b>', /^250 2\.1\.0 Ok$/, /^250 OK$/, /^250 2\.1\.0 <a@b>\.\.\. Sender ok$/],
  [
    'MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>',
    /^503 5\.5\.1 .*nested/,
    /^503 sender already/,
    /^503 5\.5\.0 Sender already/,
  ],
  [
    'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>',
    /^250 2\.1\.5 Ok$/,
    /^250 Accepted$/,
    /^250 2\.1\.5 <c@d>\.\.\. Recipient ok$/,
  ],
  [
    'RCPT TO:<a@b>',
    /^503 5\.5\.1 .*need MAIL/,
    /^503 sender not yet given$/,
    /^503 5\.0\.0 Need MAIL before RCPT$/,
  ],
  ['DATA', /^503 5\.5\.1 .*need RCPT/, /^503 valid RCPT/, /^503 5\.0\.0 Need MAIL command$/],
  ['MAIL FROM:<a@b>\r\nDATA', /^503 5\.5\.1 .*need RCPT/, /^503 valid RCPT/, /^503 5\.0\.0 Need RCPT/],
  [
    'AUTH NTLM',
    /^535 5\.7\.8 .*Invalid authentication mech/,
    /^504 NTLM auth/,
    /^504 5\.3\.3 AUTH mechanism NTLM not/,
  ],
  [
    'AUTH PLAIN AGEAYg==',
    /^535 5\.7\.8 /,
    /^535 Incorrect authentication data$/,
    /^535 5\.7\.0 authentication failed$/,
  ],
  ['AUTH PLAIN YWJj', /^535 5\.7\.8 .*base64/, /^501 Invalid base64 data$/, /^501 5\.5\.4 cannot decode/],
  [
    'AUTH LOGIN\r\n*',
    /^501 5\.7\.0 Authentication aborted$/,
    /^501 Authentication cancelled$/,
    /^501 5\.0\.0 AUTH aborted$/,
  ],
  ['A'.repeat(13_000), /^500 5\.5\.2 /, /^500 /, /^500 5\.5\.4 /],
  [
    'nonsense\r\n'.repeat(50).trim(),
    /^421 4\.7\.0 .* Error: too many errors$/,
    /^500 Too many unrec/,
    /^421 .* Too many bad/,
  ],
  ['QUIT', /^221 2\.0\.0 Bye$/, /^221 [^ ]+ closing connection$/, /^221 2\.0\.0 [^ ]+ closing connection$/],
]

describe.each([
  ['Postfix', 1],
  ['Exim', 2],
  ['Sendmail', 3],
] as const)('%s', (name, column) => {
  const decoy = decoyOf(name)

  test.each(WORDS.map((row) => [row[0].slice(0, 40), row[0], row[column]] as const))(
    '%j',
    async (_name, lines, expected) => {
      const { answer } = await feed(decoy, [Buffer.from(lines === '' ? '' : `${lines}\r\n`, 'latin1')])
      const last = String(answer).trimEnd().split('\r\n').at(-1)
      expect(last).toMatch(expected)
    },
  )

  test('takes a message', async () => {
    const { answer } = await feed(decoy, [
      Buffer.from('EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhi\r\n.\r\n'),
    ])
    expect(String(answer)).toMatch(
      {
        Postfix: /\r\n354 End data with .*\r\n250 2\.0\.0 Ok: queued as [0-9A-F]{12}\r\n$/,
        Exim: /\r\n354 Enter message, .*\r\n250 OK id=1\w{5}-\w{6}-\w{2}\r\n$/,
        Sendmail: /\r\n354 Enter mail, .*\r\n250 2\.0\.0 [A-Z]{8}\d{6} Message accepted for delivery\r\n$/,
      }[name],
    )
  })

  test('too many errors end a connection', async () => {
    const { answer } = await feed(decoy, [Buffer.from('nonsense\r\n'.repeat(50))])
    expect(String(answer).trimEnd().split('\r\n')).toHaveLength(1 + 20 + 1)
  })
})
