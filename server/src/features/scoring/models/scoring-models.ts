import type { Logger } from '../../../platform/logger.js'
import { TacticModelFile } from '../commands/tactic-model.js'
import { createModelScorer } from '../model-scorer.js'
import type { Scorer } from '../scorer.js'
import { parseThreatModel, type ThreatModelFile } from '../threat-model.js'
import { TACTIC_MODEL, THREAT_MODEL, watchModelFile } from './model-file.js'

/** The threat model as its file has it, and what scores by it. */
export interface ThreatModel {
  file: ThreatModelFile
  scorer: Scorer
}

/** The models as their files say now; null while one is missing or unfit. */
export interface ScoringModels {
  threat(): ThreatModel | null
  tactics(): TacticModelFile | null
  /** Looks at the files again. Never throws. */
  refresh(): Promise<void>
}

/** @param threatModelFile undefined: the model that ships. */
export function watchScoringModels(threatModelFile: string | undefined, log: Logger): ScoringModels {
  const threat = watchModelFile<ThreatModel>({
    path: threatModelFile ?? THREAT_MODEL,
    parse: (text) => {
      const file = parseThreatModel(text)
      return { file, scorer: createModelScorer(file) }
    },
    name: 'threat',
    log,
  })
  const tactics = watchModelFile({
    path: TACTIC_MODEL,
    parse: (text) => TacticModelFile.parse(JSON.parse(text)),
    name: 'tactics',
    log,
  })
  return {
    threat: threat.current,
    tactics: tactics.current,
    async refresh() {
      await Promise.all([threat.refresh(), tactics.refresh()])
    },
  }
}
