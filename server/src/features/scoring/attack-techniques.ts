import { ATTACK_16_1 } from './attack-16.1.js'

/** ATT&CK Enterprise tactics in the order of the matrix. */
export const ATTACK_TACTICS = [
  'Reconnaissance',
  'Resource Development',
  'Initial Access',
  'Execution',
  'Persistence',
  'Privilege Escalation',
  'Defense Evasion',
  'Credential Access',
  'Discovery',
  'Lateral Movement',
  'Collection',
  'Command and Control',
  'Exfiltration',
  'Impact',
] as const
export type AttackTactic = (typeof ATTACK_TACTICS)[number]

export interface AttackTechnique {
  readonly name: string
  /** Where the matrix shows it here: of its tactics, the one that honeypots see it serve. */
  readonly tactic: AttackTactic
}

const TECHNIQUES = new Map(techniquesIn(ATTACK_16_1))

/** @returns null for an id that does not exist. */
export function techniqueNamed(id: string): AttackTechnique | null {
  return TECHNIQUES.get(id) ?? null
}

/** Reads the list: `# tactic`, below it `T1234 technique`, below that `.001 sub-technique`. */
function* techniquesIn(list: string): Generator<[id: string, technique: AttackTechnique]> {
  let tactic: AttackTactic = ATTACK_TACTICS[0]
  let parent = ''
  for (const line of list.split('\n').filter(Boolean)) {
    const [first = '', name = ''] = line.split(/ (.*)/)
    if (first === '#') tactic = name as AttackTactic
    else {
      if (!first.startsWith('.')) parent = first
      yield [first.startsWith('.') ? parent + first : first, { name, tactic }]
    }
  }
}
