import { readFile, stat, writeFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { Command, Option } from 'commander'
import { TACTIC_MODEL, THREAT_MODEL } from '../features/scoring/models/model-file.js'
import { modelName } from '../features/scoring/threat-model.js'
import { type Evaluation, evaluateTactics } from '../features/training/evaluate-tactics.js'
import { evaluateThreat, type ThreatEvaluation } from '../features/training/evaluate-threat.js'
import { type Example, examplesOfExperts, examplesOfSensors } from '../features/training/examples.js'
import { type LabelledSession, readLabelled } from '../features/training/labelled.js'
import { trainTactics } from '../features/training/train-tactics.js'
import { trainThreat } from '../features/training/train-threat.js'
import { table } from './terminal.js'

interface TrainOptions {
  out: string
  threatOut: string
  evaluate?: boolean
}

/** The help is the same wherever EvilTwin is installed. */
const INSTALLED = 'the one that EvilTwin came with'

export function trainCommand(): Command {
  return new Command('train')
    .description('train the models that read commands and score sessions (see docs/model-card.md)')
    .argument('<labelled>', 'sessions that experts labelled, one JSON object a line')
    .argument(
      '[captures...]',
      'what sensors wrote, one JSON object a line, plain or .gz; trains the threat model, too',
    )
    .addOption(
      new Option('--out <file>', 'the file for the model of tactics').default(TACTIC_MODEL, INSTALLED),
    )
    .addOption(
      new Option('--threat-out <file>', 'the file for the threat model').default(THREAT_MODEL, INSTALLED),
    )
    .option('--evaluate', 'only evaluate: cross-validated, compared with rules and simpler models')
    .addHelpText(
      'after',
      '\nExample:\n  $ eviltwin train labelled.ndjson cowrie.json.1 cowrie.json.2.gz --evaluate\n',
    )
    .action(async (labelled: string, captures: string[], { out, threatOut, evaluate }: TrainOptions) => {
      const sessions = readLabelled(await readFile(labelled, 'utf8'))
      const records = (await Promise.all(captures.map(linesOf))).flat()
      if (evaluate) {
        process.stderr.write(`Cross-validating on ${sessions.length} labelled sessions ...\n`)
        console.log(tacticTable(evaluateTactics(sessions)))
        if (captures.length === 0) return
        const examples = examplesFrom(sessions, records)
        process.stderr.write(`Cross-validating on ${examples.length} views of sessions ...\n`)
        console.log(`\n${threatTable(evaluateThreat(examples))}`)
        return
      }
      const tactics = trainTactics(sessions)
      await writeFile(out, `${JSON.stringify(tactics)}\n`)
      console.log(`${out}: ${Object.keys(tactics.weights).length} features from ${sessions.length} sessions`)
      if (captures.length === 0) return
      const model = trainThreat(examplesFrom(sessions, records))
      await writeFile(threatOut, `${JSON.stringify(model)}\n`)
      const { size } = await stat(threatOut)
      console.log(
        `${threatOut}: ${modelName(model)}, ${model.trees.length} trees, ${Math.round(size / 1024)} KiB, from ${model.trained_on.sessions} sessions of sensors and ${model.trained_on.labelled} labelled`,
      )
    })
}

function examplesFrom(sessions: readonly LabelledSession[], records: readonly string[]): Example[] {
  return [...examplesOfSensors(records), ...examplesOfExperts(sessions)]
}

async function linesOf(path: string): Promise<string[]> {
  const bytes = await readFile(path)
  const text = path.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString()
  return text.split('\n').filter((line) => line.trim() !== '')
}

function tacticTable(evaluations: readonly Evaluation[]): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const overall = table(
    ['METHOD', 'ACCURACY', 'MACRO F1'],
    evaluations.map(({ method, accuracy, macro_f1 }) => [method, percent(accuracy), macro_f1.toFixed(3)]),
  )
  const byTactic = table(
    [
      'TACTIC',
      'STATEMENTS',
      ...evaluations.flatMap(({ method }) => [`${method} P`, `${method} R`, `${method} F1`]),
    ],
    (evaluations[0]?.tactics ?? []).map(({ tactic, statements }, n) => [
      tactic,
      String(statements),
      ...evaluations.flatMap(({ tactics }) => {
        const { precision = 0, recall = 0, f1 = 0 } = tactics[n] ?? {}
        return [precision.toFixed(3), recall.toFixed(3), f1.toFixed(3)]
      }),
    ]),
  )
  return `${overall}\n\n${byTactic}`
}

function threatTable(evaluations: readonly ThreatEvaluation[]): string {
  const share = (value: number | null) => (value === null ? '-' : value.toFixed(3))
  return table(
    ['SPLIT', 'EXAM', 'SCORER', 'SESSIONS', 'AUC >=MEDIUM', 'AUC >=HIGH', 'MACRO F1', 'CALIBRATION ERROR'],
    evaluations.map((each) => [
      each.split,
      each.exam,
      each.scorer,
      String(each.examples),
      share(each.auc_medium),
      share(each.auc_high),
      share(each.macro_f1),
      share(each.calibration_error),
    ]),
  )
}
