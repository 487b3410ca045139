import type { JsonObject } from '../../../domain/json.js'
import { field, MAX_NAME, portOf, textOf } from './fields.js'
import { oneEvent } from './one-event.js'

/** Members in which collectors put a line. */
const LINES = ['message', 'line', 'log']
const LINE = /^(\S+)\s+(ACCEPT|CLOSE)\s+host=(\S+)\s+port=(\d+)\s*(.*)$/

function lineOf(json: JsonObject): RegExpExecArray | null {
  for (const name of LINES) {
    const text = field(json, name)
    if (typeof text === 'string' && text.includes(' host=')) return LINE.exec(text.trim().slice(0, MAX_NAME))
  }
  return null
}

export function looksLikeEndlessh(json: JsonObject): boolean {
  return lineOf(json) !== null
}

/** Normalizes a line of Endlessh's log, which is text, in whatever a collector wraps it (endlessh.c, `logmsg`). */
export const fromEndlessh = oneEvent((json) => {
  const [, time, what, host, port, rest = ''] = lineOf(json) ?? []
  return {
    source: host,
    time,
    details: {
      event_type: what === 'ACCEPT' ? 'connect' : 'disconnect',
      action: `endlessh.${what?.toLowerCase()}`,
      source_port: portOf(port),
      protocol: 'ssh',
      message: textOf(rest),
    },
  }
})
