import type { Event } from '@eviltwin/contract'
import type { AttackTactic } from './attack-techniques.js'

/** What behaviours are read from. */
export type Behaving = Pick<Event, 'event_type' | 'action' | 'outcome' | 'command' | 'message'>

/** A behaviour: something that events show about their author's intent. */
export interface Signal {
  readonly name: string
  readonly description: string
  /** How severe it is: 1 trespass, 2 acting on the system, 3 staying or harming. */
  readonly severity: 1 | 2 | 3
  /** How much this alone says about the threat, 0..1. */
  readonly weight: number
  /** The ATT&CK tactics that it serves here. */
  readonly tactics: readonly AttackTactic[]
  /** Events that show it by what they are; statements of commands show it by commands/statement-rules.ts. */
  readonly shownBy?: (event: Behaving) => boolean
  /** MITRE ATT&CK (enterprise) techniques that such an event shows. */
  readonly techniques: readonly string[]
}

/** The behaviour of a command that is longer, or nested deeper, than what is read. */
export const PADDING = 'padding'

export const SIGNALS: readonly Signal[] = [
  {
    name: 'canary_triggered',
    description: 'A canary token was touched: nobody has an honest reason to',
    severity: 3,
    weight: 0.95,
    tactics: ['Credential Access'],
    techniques: ['T1552'],
    shownBy: (event) => event.event_type === 'canary',
  },
  {
    name: 'exploit',
    description: 'An exploit for a known vulnerability was tried',
    severity: 2,
    weight: 0.6,
    tactics: ['Initial Access'],
    techniques: ['T1190'],
    shownBy: (event) => event.event_type === 'exploit',
  },
  {
    name: 'file_planted',
    description: 'A file was uploaded or fetched onto the system',
    severity: 2,
    weight: 0.5,
    tactics: ['Command and Control'],
    techniques: ['T1105'],
    shownBy: (event) =>
      event.event_type === 'file_upload' ||
      (event.event_type === 'file_download' && event.outcome !== 'failure'),
  },
  {
    name: 'download_command',
    description: 'A command fetches something from elsewhere',
    severity: 2,
    weight: 0.4,
    tactics: ['Command and Control'],
    techniques: [],
  },
  {
    name: 'execution',
    description: 'A file is made executable, or a script or program that was brought is run',
    severity: 2,
    weight: 0.35,
    tactics: ['Execution'],
    techniques: [],
  },
  {
    name: 'persistence',
    description: 'Access is being kept: SSH keys, scheduled jobs, services or accounts are written',
    severity: 3,
    weight: 0.6,
    tactics: ['Persistence'],
    techniques: ['T1098.004'],
    shownBy: (event) => event.event_type.startsWith('file_') && /authorized_keys/.test(event.message ?? ''),
  },
  {
    name: 'account_manipulation',
    description: 'Passwords, accounts or privileges are changed',
    severity: 3,
    weight: 0.45,
    tactics: ['Persistence'],
    techniques: ['T1098'],
    shownBy: (event) => event.action === 'cowrie.command.chpasswd',
  },
  {
    name: 'defense_evasion',
    description: 'Traces are removed or defences switched off',
    severity: 2,
    weight: 0.4,
    tactics: ['Defense Evasion'],
    techniques: [],
  },
  {
    name: 'credential_access',
    description: 'Stored credentials or keys are read',
    severity: 2,
    weight: 0.45,
    tactics: ['Credential Access'],
    techniques: [],
  },
  {
    name: 'exfiltration',
    description: 'Files or their content are sent to other systems',
    severity: 2,
    weight: 0.45,
    tactics: ['Exfiltration'],
    techniques: [],
  },
  {
    name: 'resource_hijacking',
    description: 'Cryptocurrency is mined, or made ready to be',
    severity: 3,
    weight: 0.6,
    tactics: ['Impact'],
    techniques: [],
  },
  {
    name: 'destruction',
    description: 'Data or systems are destroyed',
    severity: 3,
    weight: 0.6,
    tactics: ['Impact'],
    techniques: [],
  },
  {
    name: 'service_stop',
    description: 'Other programs or services are ended',
    severity: 2,
    weight: 0.4,
    tactics: ['Impact'],
    techniques: [],
  },
  {
    name: 'encoded_payload',
    description: 'A payload is decoded',
    severity: 2,
    weight: 0.3,
    tactics: ['Defense Evasion'],
    techniques: [],
  },
  {
    name: PADDING,
    description: 'A command is longer or nested deeper than what is read: its end is hidden',
    severity: 2,
    weight: 0.5,
    tactics: ['Defense Evasion'],
    techniques: ['T1027'],
  },
  {
    name: 'lateral_movement',
    description: 'Other systems are scanned or logged in to from here',
    severity: 2,
    weight: 0.4,
    tactics: ['Lateral Movement'],
    techniques: [],
  },
  {
    name: 'discovery',
    description: 'The system is being explored',
    severity: 1,
    weight: 0.2,
    tactics: ['Discovery'],
    techniques: [],
  },
  {
    name: 'proxy_abuse',
    description: 'The session tunnels traffic to other hosts',
    severity: 1,
    weight: 0.35,
    tactics: ['Command and Control'],
    techniques: ['T1090'],
    shownBy: (event) => event.event_type === 'proxy_request',
  },
  {
    name: 'key_login',
    description: 'A public key was offered for login',
    severity: 1,
    weight: 0.1,
    tactics: ['Initial Access'],
    techniques: [],
    shownBy: (event) => event.action === 'cowrie.client.fingerprint',
  },
]

const BY_NAME = new Map(SIGNALS.map((signal) => [signal.name, signal]))

export function signalNamed(name: string): Signal | undefined {
  return BY_NAME.get(name)
}
