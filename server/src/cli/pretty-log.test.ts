import { expect, test } from 'vitest'
import { createLog } from '../platform/telemetry/log.js'
import { prettyLog } from './pretty-log.js'

/** What a terminal gets of one line of the log. */
function shown(
  write: (log: ReturnType<ReturnType<typeof createLog>['logging']>) => void,
  colours = false,
): string {
  const lines: string[] = []
  const output = { write: (line: string) => void lines.push(line) }
  const { logging } = createLog({ level: 'DEBUG', destination: prettyLog(output, colours) })
  write(logging('backend.main'))
  return lines.join('')
}

test('a line has its time, level, logger, message and facts', () => {
  const text = shown((log) => log.warning('Slow query', { duration_ms: 612.5, pool: 'app' }))
  expect(text).toMatch(
    /^\[\d\d:\d\d:\d\d\] WARNING: backend\.main: Slow query \{"duration_ms":612\.5,"pool":"app"\}\n$/,
  )
})

test('attackers reach neither the terminal nor another line', () => {
  const text = shown((log) => log.info('Event', { username: '\u001b[2J\u202ea\nb\u0007', ['\u009bx']: 'y' }))
  expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  expect(text).toContain('u{202e}')
})

test('colours are of the level alone', () => {
  const text = shown((log) => log.error('Broken', { cause: '\u001b[31mred' }), true)
  expect(text).toContain('\u001b[31mERROR')
  expect(text).not.toContain('\u001b[31mred')
})
