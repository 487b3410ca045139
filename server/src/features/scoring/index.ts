export { ATTACK_TACTICS, techniqueNamed } from './attack-techniques.js'
export { BEHAVIOURS_VERSION, readBehaviours, type Shown, shownBy } from './behaviours.js'
export { readCommands } from './commands/command-reader.js'
export { featuresOf } from './commands/features.js'
export {
  guessTactics,
  softmax,
  TACTICS,
  type Tactic,
  type TacticModelFile,
} from './commands/tactic-model.js'
export { techniquesOfStatement } from './commands/techniques.js'
export { distributionOf, levelShares } from './drift.js'
export { FEATURES, featureVector } from './features.js'
export { createScoringModule } from './module.js'
export { describeReason, evidenceNames, MAX_SLIPS, techniquesShown } from './reasons.js'
export { type RegressionTree, valueAt } from './regression-trees.js'
export { createRuleScorer } from './rules.js'
export { type Contribution, levelOf, type Scorer, severityOfBehaviours, withinBehaviours } from './scorer.js'
export type { SessionFacts } from './session-facts.js'
export { SIGNALS, signalNamed } from './signals.js'
export { type ThreatModelFile, withChecksum } from './threat-model.js'
