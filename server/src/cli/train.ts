import { readFile, writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { type Evaluation, evaluateTactics } from '../commands/evaluate.js'
import { readLabelled } from '../commands/labelled.js'
import { TACTIC_MODEL } from '../commands/load-model.js'
import { trainTactics } from '../commands/train.js'
import { table } from './terminal.js'

export function trainCommand(): Command {
  return new Command('train')
    .description('train the model that tells what commands are for, from sessions that experts labelled')
    .argument('<file>', 'labelled sessions, one JSON object a line (see docs/model-card.md)')
    .option('--out <file>', 'where the model goes', TACTIC_MODEL)
    .option('--evaluate', 'only evaluate, cross-validated, beside keyword rules and the most frequent tactic')
    .action(async (file: string, { out, evaluate }: { out: string; evaluate?: boolean }) => {
      const sessions = readLabelled(await readFile(file, 'utf8'))
      if (evaluate) {
        process.stderr.write(`Cross-validating on ${sessions.length} sessions ...\n`)
        console.log(evaluationTable(evaluateTactics(sessions)))
        return
      }
      const model = trainTactics(sessions)
      await writeFile(out, `${JSON.stringify(model)}\n`)
      console.log(`${out}: ${Object.keys(model.weights).length} features from ${sessions.length} sessions`)
    })
}

function evaluationTable(evaluations: readonly Evaluation[]): string {
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
