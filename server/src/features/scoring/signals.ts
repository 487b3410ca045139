import type { Event } from '@eviltwin/contract'

/** Something an event shows about its author's intent. */
export interface Signal {
  readonly name: string
  readonly description: string
  /** How much this alone says about the threat, 0..1. */
  readonly weight: number
  /** MITRE ATT&CK (enterprise) techniques it is evidence of. */
  readonly techniques: readonly string[]
  readonly shownBy: (event: Event) => boolean
}

/** Signals read from shell commands. Patterns are linear-time: attackers choose the text they run over. */
const fromCommand = (pattern: RegExp) => (event: Event) =>
  event.command !== null && pattern.test(event.command)

const keepsAccess = fromCommand(
  /authorized_keys|\bcrontab\b|\/etc\/cron|\bsystemctl\s+enable|\/etc\/systemd\/|rc\.local|\/etc\/init\.d\/|\buseradd\b|\badduser\b/,
)
const changesAccounts = fromCommand(/\bchpasswd\b|(?<!\/)\bpasswd\b|\busermod\b|\/etc\/sudoers|\bdeluser\b/)

export const SIGNALS: readonly Signal[] = [
  {
    name: 'canary_triggered',
    description: 'A canary token was touched: nobody has an honest reason to',
    weight: 0.95,
    techniques: ['T1552'],
    shownBy: (event) => event.event_type === 'canary',
  },
  {
    name: 'exploit',
    description: 'An exploit for a known vulnerability was tried',
    weight: 0.6,
    techniques: ['T1190'],
    shownBy: (event) => event.event_type === 'exploit',
  },
  {
    name: 'file_planted',
    description: 'A file was uploaded or fetched onto the system',
    weight: 0.5,
    techniques: ['T1105'],
    shownBy: (event) =>
      event.event_type === 'file_upload' ||
      (event.event_type === 'file_download' && event.outcome !== 'failure'),
  },
  {
    name: 'download_command',
    description: 'A command fetches something from elsewhere',
    weight: 0.4,
    techniques: ['T1105'],
    shownBy: fromCommand(/\b(?:wget|curl|tftp|ftpget|scp|rsync|lwp-download|aria2c)\b|\/dev\/tcp\//),
  },
  {
    name: 'execution',
    description: 'A file is made executable or a script is run',
    weight: 0.35,
    techniques: ['T1059.004', 'T1222.002'],
    shownBy: fromCommand(
      /\bchmod\s+(?:-R\s+)?(?:\+x|\+rwx|[0-7]?7[0-7]{2})|\bnohup\b|(?:^|[;&|]\s*)(?:ba)?sh\s+\S+|(?:^|[;&|]\s*)\.{1,2}\//,
    ),
  },
  {
    name: 'persistence',
    description: 'Access is being kept: SSH keys, scheduled jobs, services or accounts',
    weight: 0.6,
    techniques: ['T1098.004', 'T1053.003', 'T1543.002', 'T1136.001'],
    shownBy: (event) =>
      keepsAccess(event) ||
      (event.event_type.startsWith('file_') && /authorized_keys/.test(event.message ?? '')),
  },
  {
    name: 'account_manipulation',
    description: 'Passwords or privileges are changed',
    weight: 0.45,
    techniques: ['T1098', 'T1531'],
    shownBy: (event) => changesAccounts(event) || event.action === 'cowrie.command.chpasswd',
  },
  {
    name: 'defense_evasion',
    description: 'Traces are removed or defences switched off',
    weight: 0.4,
    techniques: ['T1070.003', 'T1562.001', 'T1562.004', 'T1222.002'],
    shownBy: fromCommand(
      /\bhistory\s+-c|HISTFILE|\/var\/log\/|\.bash_history|\bchattr\b|\biptables\s+-F|\bufw\s+disable|\bsetenforce\s+0|\bunset\s+HIST|\bkill(?:all)?\s+-9|\bpkill\b/,
    ),
  },
  {
    name: 'credential_access',
    description: 'Stored credentials or keys are read',
    weight: 0.45,
    techniques: ['T1003.008', 'T1552.001', 'T1552.004'],
    shownBy: fromCommand(
      /\/etc\/shadow|\/etc\/passwd|id_rsa|\.aws\/credentials|\btdata\b|wallet\.dat|\.kube\/config/,
    ),
  },
  {
    name: 'resource_hijacking',
    description: 'Signs of cryptocurrency mining',
    weight: 0.6,
    techniques: ['T1496'],
    shownBy: fromCommand(/xmrig|minerd|cpuminer|stratum\+tcp|[Mm]iner\b|\bkinsing\b|nanopool|monero/),
  },
  {
    name: 'destruction',
    description: 'Data or systems are destroyed',
    weight: 0.6,
    techniques: ['T1485', 'T1529'],
    shownBy: fromCommand(
      /\brm\s+-(?:rf|fr)\s+(?:\/\*?(?:\s|$)|--no-preserve-root)|\bmkfs\b|\bdd\s+if=\/dev\/(?:zero|u?random)\s+of=\/dev\//,
    ),
  },
  {
    name: 'encoded_payload',
    description: 'A command hides what it does by encoding',
    weight: 0.3,
    techniques: ['T1027', 'T1140'],
    shownBy: fromCommand(/\bbase64\s+(?:-d|--decode)|\bxxd\s+-r|(?:\\x[0-9a-fA-F]{2}){4}|\beval\b/),
  },
  {
    name: 'lateral_movement',
    description: 'Other systems are scanned or logged in to from here',
    weight: 0.4,
    techniques: ['T1021.004', 'T1046'],
    shownBy: fromCommand(/(?:^|[;&|]\s*)ssh\s+\S*@|\bsshpass\b|\bnmap\b|\bmasscan\b|\bzmap\b/),
  },
  {
    name: 'discovery',
    description: 'The system is being explored',
    weight: 0.2,
    techniques: ['T1082', 'T1033', 'T1057', 'T1016', 'T1083'],
    shownBy: fromCommand(
      /\b(?:uname|whoami|hostname|lscpu|nproc|ifconfig|netstat|lspci|uptime|dmidecode|ps|id|w|df|free|ss)\b|\/proc\/(?:cpuinfo|meminfo|uptime|mounts)|\bip\s+(?:a|r|addr|route|cloud)\b/,
    ),
  },
  {
    name: 'proxy_abuse',
    description: 'The session tunnels traffic to other hosts',
    weight: 0.35,
    techniques: ['T1090', 'T1572'],
    shownBy: (event) => event.event_type === 'proxy_request',
  },
  {
    name: 'key_login',
    description: 'A public key was offered for login',
    weight: 0.1,
    techniques: ['T1078'],
    shownBy: (event) => event.action === 'cowrie.client.fingerprint',
  },
]

const BY_NAME = new Map(SIGNALS.map((signal) => [signal.name, signal]))

/** Names of the signals an event shows. */
export function signalsOf(event: Event): readonly string[] {
  // Most events are logins and connections, which show none.
  if (event.event_type === 'login_attempt' || event.event_type === 'connect') return []
  return SIGNALS.filter((signal) => signal.shownBy(event)).map((signal) => signal.name)
}

export function signalNamed(name: string): Signal | undefined {
  return BY_NAME.get(name)
}
