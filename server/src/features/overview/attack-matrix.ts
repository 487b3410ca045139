import type { AttackMatrix } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { ATTACK_TACTICS, evidenceNames, techniqueNamed } from '../scoring/index.js'
import type { DashboardReader, Window } from './store.js'

/**
 * The ATT&CK matrix of the sessions of a window: tactics that were seen, in the order of the matrix. A technique stands under every
 * tactic that it serves, and counts the sessions of which an event or a statement showed it.
 */
export async function readAttackMatrix(
  dashboard: Pick<DashboardReader, 'countTechniques'>,
  window: Window,
): Promise<AttackMatrix> {
  const counts = await dashboard.countTechniques(window)
  const techniques = counts.flatMap(({ technique, sessions }) => {
    const known = techniqueNamed(technique)
    const behaviours = evidenceNames(technique)
    return known ? [{ ...known, sessions, behaviours, signals: behaviours }] : []
  })
  return {
    from: timestampOf(window.from.getTime()),
    to: timestampOf(window.to.getTime()),
    tactics: ATTACK_TACTICS.map((name) => ({
      name,
      techniques: techniques
        .filter(({ tactics }) => tactics.includes(name))
        .map(({ tactics: _, ...technique }) => technique)
        .sort((a, b) => b.sessions - a.sessions || (a.id < b.id ? -1 : 1)),
    })).filter((tactic) => tactic.techniques.length > 0),
  }
}
