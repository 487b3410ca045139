import type { Meter } from '@opentelemetry/api'
import type { ShellQuestionOutcome } from '../../../domain/platform-event.js'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

const OUTCOMES: Record<ShellQuestionOutcome, true> = {
  answered: true,
  cached: true,
  not_found: true,
  unusable: true,
  unavailable: true,
  session_limit: true,
  key_limit: true,
  total_limit: true,
}

/** What decoys ask the LLM, and what that took. */
export function decoyMetrics(meter: Meter): EventHandlers {
  const questions = counterOf(
    meter,
    'eviltwin.decoy_shell.questions',
    'Questions of decoys about commands that their shell does not know, by outcome',
  )
  for (const outcome of Object.keys(OUTCOMES)) questions.add(0, { outcome })
  const tokens = counterOf(
    meter,
    'eviltwin.decoy_shell.tokens',
    'Tokens that the LLM read and wrote for decoys; a part of ai_tokens_total',
  )
  for (const direction of ['input', 'output']) tokens.add(0, { direction })
  return {
    shell_question_answered: ({ outcome }) => questions.add(1, { outcome }),
    shell_tokens_used({ input_tokens, output_tokens }) {
      tokens.add(input_tokens, { direction: 'input' })
      tokens.add(output_tokens, { direction: 'output' })
    },
  }
}
