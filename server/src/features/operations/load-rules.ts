import { readFile } from 'node:fs/promises'
import type { Objective } from '../slo/index.js'
import { burnRules } from './burn-rules.js'
import { type OpsRule, parseRules } from './rules.js'

const FILE = new URL('../../../rules/operational-alerts.yaml', import.meta.url)

/** The rules of the file, and the burn alerts of the objectives. @throws {RulesError} */
export async function loadRules(objectives: readonly Objective[]): Promise<OpsRule[]> {
  return [...parseRules(await readFile(FILE, 'utf8')), ...burnRules(objectives)]
}
