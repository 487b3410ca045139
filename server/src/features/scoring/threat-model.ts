import { createHash } from 'node:crypto'
import { ThreatLevel } from '@eviltwin/contract'
import { z } from 'zod'
import { FEATURES } from './features.js'

const Tree = z.object({
  feature: z.array(z.number().int().min(-1)).min(1).readonly(),
  threshold: z.array(z.number()).readonly(),
  left: z.array(z.number().int().nonnegative()).readonly(),
  right: z.array(z.number().int().nonnegative()).readonly(),
  value: z.array(z.number()).readonly(),
})

/** Shares of the training sessions between edges; one more share than edges. */
const Distribution = z.object({ edges: z.array(z.number()), shares: z.array(z.number().min(0).max(1)) })

/** What a model is, without its checksum. */
const Content = z.object({
  format: z.literal('eviltwin-threat'),
  /** Names of what it looks at, in the order of its trees' feature numbers. */
  features: z.array(z.string()),
  /** Of a session of which nothing is known. */
  base: z.number(),
  trees: z.array(Tree).min(1),
  /** Signals that training met too rarely to learn from; the rules score them. */
  unlearned: z.array(z.string()),
  trained_on: z.object({ sessions: z.number().int(), labelled: z.number().int() }),
  distribution: z.object({
    levels: z.record(ThreatLevel, z.number().min(0).max(1)),
    features: z.record(z.string(), Distribution),
  }),
})
export type ThreatModelContent = z.infer<typeof Content>

/** The model file: gradient-boosted trees over FEATURES. */
const ThreatModelFile = Content.extend({ sha256: z.string() })
export type ThreatModelFile = z.infer<typeof ThreatModelFile>

/** A content with its hash, which is its version. */
export function withChecksum(content: ThreatModelContent): ThreatModelFile {
  const ordered = Content.parse(content)
  return { ...ordered, sha256: sha256Of(ordered) }
}

/** @throws {Error} saying why it is no model, or not one of this version of the platform. */
export function parseThreatModel(text: string): ThreatModelFile {
  const { sha256, ...content } = ThreatModelFile.parse(JSON.parse(text))
  if (sha256Of(content) !== sha256)
    throw new Error('its checksum is wrong: the file was truncated or changed')
  const names = FEATURES.map(({ name }) => name)
  if (names.join() !== content.features.join())
    throw new Error('it uses features that this version does not have; run `eviltwin train`')
  for (const tree of content.trees) {
    const nodes = tree.feature.length
    const whole = [tree.threshold, tree.left, tree.right, tree.value].every(({ length }) => length === nodes)
    // Children come after their parents, so a walk always ends.
    const sound = tree.feature.every(
      (feature, node) =>
        feature < names.length &&
        (feature < 0 ||
          [tree.left[node], tree.right[node]].every((child = 0) => child > node && child < nodes)),
    )
    if (!whole || !sound) throw new Error('one of its trees is not valid')
  }
  return { ...content, sha256 }
}

/** What scores of this model are signed with. */
export function modelName({ sha256 }: Pick<ThreatModelFile, 'sha256'>): string {
  return `model-${sha256.slice(0, 12)}`
}

function sha256Of(content: ThreatModelContent): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
