import { burnWindows, type Objective } from '../slo/index.js'
import type { OpsRule } from './rules.js'

const SETTINGS = {
  above: 0,
  for: 0,
  keep_firing_for: 60,
  inhibited_by: ['database-unreachable'],
  group: 'slo',
  group_wait: 30,
}

/**
 * The burn alert of each objective, beside the rules of the file. Its windows are one alert: it fires while any of them burns, with the
 * severity of the worst that does. `severity` of the rule is the worst that it can have.
 */
export function burnRules(objectives: readonly Objective[]): OpsRule[] {
  return objectives.map(({ id, name, maximumSeverity }) => ({
    ...SETTINGS,
    id: `slo-${id}`,
    name: `SLO burn: ${name}`,
    severity: maximumSeverity ?? 'critical',
    description: `The error budget of ${name} burns faster than it may over a long and a short window.`,
    signal: { kind: 'burn_rate' as const, objective: id },
  }))
}

/**
 * The rule behind a stored state whose rule is gone, so that it ends under the name by which receivers know it. Release 0.1.0 had a rule for
 * each window of an objective.
 */
export function retiredRule(id: string, objectives: readonly Objective[]): OpsRule {
  const former = objectives.flatMap(formerRules).find((candidate) => candidate.id === id)
  return {
    ...SETTINGS,
    id,
    name: former?.name ?? id,
    severity: former?.severity ?? 'low',
    description: 'This rule does not exist any more; another one may have taken its place.',
    signal: { kind: 'retired' },
    keep_firing_for: 0,
    inhibited_by: [],
  }
}

function formerRules({
  id,
  name,
  windowMinutes,
  target,
}: Objective): Array<Pick<OpsRule, 'id' | 'name' | 'severity'>> {
  return burnWindows(windowMinutes, target).map((window) => ({
    id: `slo-${id}-${window.id}`,
    name: `SLO burn: ${name} (${window.id.replace('-', ', ')})`,
    severity: window.severity,
  }))
}
