import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { loadObjectives } from '../features/slo/load-objectives.js'
import { parseOpenSlo, toOpenSlo } from '../features/slo/openslo.js'
import { prometheusRules } from '../features/slo/prometheus-rules.js'
import { readSettings } from '../platform/config.js'

export function opensloCommand(): Command {
  const command = new Command('openslo').description('objectives as OpenSLO v1 documents')
  command
    .command('export')
    .description('print the objectives in force; with --prometheus, rules for your own Prometheus')
    .option('--prometheus', 'recording and alerting rules instead')
    .action(async ({ prometheus }: { prometheus?: boolean }) => {
      const { SLO_DIR } = readSettings(process.env)
      const objectives = await loadObjectives(SLO_DIR)
      console.log((prometheus ? prometheusRules(objectives) : toOpenSlo(objectives)).trimEnd())
    })
  command
    .command('check')
    .description('check documents before they go into SLO_DIR')
    .argument('<files...>', 'YAML files')
    .action(async (files: string[]) => {
      for (const file of files) {
        const objectives = parseOpenSlo(await readFile(file, 'utf8'), file)
        for (const { id, target, windowMinutes } of objectives) {
          console.log(`${file}: ${id}: ${target * 100} % over ${windowMinutes} minutes`)
        }
      }
    })
  return command
}
