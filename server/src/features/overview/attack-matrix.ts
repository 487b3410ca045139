import type { AttackMatrix } from '@eviltwin/contract'
import { ATTACK_TACTICS, techniqueEvidence, techniqueNamed } from '../scoring/index.js'
import type { DashboardReader } from './store.js'

const HOUR_MS = 3_600_000

/** The ATT&CK matrix of the sessions of the last hours: tactics that were seen, in the order of the matrix. */
export async function readAttackMatrix(
  dashboard: Pick<DashboardReader, 'countShown'>,
  now: number,
  hours: number,
): Promise<AttackMatrix> {
  const evidence = techniqueEvidence()
  const counts = await dashboard.countShown(
    new Date(now - hours * HOUR_MS),
    evidence.map(({ shown_by, technique }) => [shown_by, technique] as const),
  )
  const techniques = counts.flatMap(({ counted_as: id, sessions }) => {
    const known = techniqueNamed(id)
    const signals = evidence.filter(({ technique }) => technique === id).map(({ shown_by }) => shown_by)
    return known ? [{ id, ...known, sessions, signals }] : []
  })
  return {
    tactics: ATTACK_TACTICS.map((name) => ({
      name,
      techniques: techniques
        .filter(({ tactic }) => tactic === name)
        .map(({ tactic: _, ...technique }) => technique)
        .sort((a, b) => b.sessions - a.sessions || (a.id < b.id ? -1 : 1)),
    })).filter((tactic) => tactic.techniques.length > 0),
  }
}
