import { ATTACK_17_1 } from './attack-17.1.js'

/** The codes that attack-17.1.ts uses for tactics. */
const TACTIC_CODES = {
  RE: 'Reconnaissance',
  RD: 'Resource Development',
  IA: 'Initial Access',
  EX: 'Execution',
  PE: 'Persistence',
  PR: 'Privilege Escalation',
  DE: 'Defense Evasion',
  CA: 'Credential Access',
  DI: 'Discovery',
  LM: 'Lateral Movement',
  CO: 'Collection',
  CC: 'Command and Control',
  EF: 'Exfiltration',
  IM: 'Impact',
} as const
export type AttackTactic = (typeof TACTIC_CODES)[keyof typeof TACTIC_CODES]

/** ATT&CK Enterprise tactics in the order of the matrix. */
export const ATTACK_TACTICS: readonly AttackTactic[] = Object.values(TACTIC_CODES)

export interface AttackTechnique {
  /** Its id in v17.1, which differs from the one that was asked for where that is deprecated. */
  readonly id: string
  readonly name: string
  /** Every tactic that it serves, in the order of the matrix; at least one. */
  readonly tactics: readonly AttackTactic[]
}

/** Ids that v17 deprecated or revoked, and what took their place. Stored sessions and language models still name them. */
const DEPRECATED: ReadonlyMap<string, string> = new Map([['T1574.002', 'T1574.001']])

const LINE = /^(T\d{4}|\.\d{3}) (?:\[([A-Z ]+)\] )?(.+)$/

const TECHNIQUES = new Map(techniquesIn(ATTACK_17_1))

/** @returns the technique, by its current or a deprecated id; null for an id that does not exist. */
export function techniqueNamed(id: string): AttackTechnique | null {
  return TECHNIQUES.get(DEPRECATED.get(id) ?? id) ?? null
}

function* techniquesIn(list: string): Generator<[id: string, technique: AttackTechnique]> {
  let parent: AttackTechnique = { id: '', name: '', tactics: [] }
  for (const line of list.split('\n')) {
    const [, first = '', codes = '', name = ''] = LINE.exec(line) ?? []
    if (first === '') continue
    const id = first.startsWith('.') ? parent.id + first : first
    const tactics = codes.split(' ').flatMap((code) => TACTIC_CODES[code as keyof typeof TACTIC_CODES] ?? [])
    const technique = { id, name, tactics: tactics.length > 0 ? tactics : parent.tactics }
    if (!first.startsWith('.')) parent = technique
    yield [id, technique]
  }
}
