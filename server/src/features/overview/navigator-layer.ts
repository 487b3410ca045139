import type { AttackMatrix, NavigatorLayer } from '@eviltwin/contract'

/** The version of ATT&CK whose techniques scoring knows, as layers name it: the major version alone. */
const ATTACK_VERSION = '17'
/** https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md */
const LAYER_VERSION = '4.5'
const NAVIGATOR_VERSION = '5.1.0'
/** From few sessions to many; readable under black text. */
const COLORS = ['#fff7bc', '#fe9929', '#d7301f']

/** The matrix as a layer of the ATT&CK Navigator: the score of a technique is its number of sessions. Pure. */
export function navigatorLayerOf({ from, to, tactics }: AttackMatrix): NavigatorLayer {
  const techniques = tactics.flatMap(({ name, techniques: ofTactic }) =>
    ofTactic.map(({ id, sessions, behaviours }) => ({
      techniqueID: id,
      tactic: name.toLowerCase().replaceAll(' ', '-'),
      score: sessions,
      comment: behaviours.map((behaviour) => behaviour.replaceAll('_', ' ')).join(', '),
      enabled: true,
    })),
  )
  return {
    name: 'EvilTwin',
    description: `Sessions with an event at or after ${from} that began before ${to}`,
    domain: 'enterprise-attack',
    versions: { attack: ATTACK_VERSION, navigator: NAVIGATOR_VERSION, layer: LAYER_VERSION },
    techniques,
    gradient: {
      colors: COLORS,
      minValue: 0,
      maxValue: Math.max(1, ...techniques.map(({ score }) => score)),
    },
  }
}
