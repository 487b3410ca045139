import type { RecordingFrame } from '@eviltwin/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEmulator, MAX_COLUMNS, MAX_ROWS, type Screen } from './emulator'
import { createPlayer } from './player'

const textOf = ({ rows }: Screen) =>
  rows
    .map(({ runs }) =>
      runs
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n')
    .trimEnd()
const FRAMES: RecordingFrame[] = [
  [0, 'o', '$ '],
  [1, 'i', 'secret'],
  [1.5, 'o', 'one\r\n'],
  [60, 'o', 'two\r\n'],
  [61, 'o', '\u001b[2J\u001b[Hthree'],
]

/** A player whose pictures are drawn when the test says so. */
function start(frames: readonly RecordingFrame[]) {
  let time = 0
  const waiting: Array<() => void> = []
  const player = createPlayer({ columns: 40, rows: 5, now: () => time, soon: (call) => waiting.push(call) })
  const heard = new Set<() => void>()
  player.subscribe(() => {
    for (const call of heard) call()
  })
  player.add(frames)
  return {
    player,
    shown: () => textOf(player.state().screen),
    /** Resolves once the screen shows something. */
    shows: (text: string) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (textOf(player.state().screen) !== text) return
          heard.delete(check)
          resolve()
        }
        heard.add(check)
        check()
      }),
    /** Lets time pass, a picture each 100 ms. */
    pass(seconds: number) {
      for (let n = 0; n < Math.round(seconds * 10); n += 1) {
        time += 100
        for (const call of waiting.splice(0)) call()
      }
    },
  }
}

test('a place of a recording shows what was there then, forwards and backwards', async () => {
  const { player, shows } = start(FRAMES)
  player.seek(2)
  await shows('$ one')
  expect(player.state().typed).toBe('secret')
  player.seek(Number.POSITIVE_INFINITY)
  await shows('three')
  player.seek(0.5)
  await shows('$')
  expect(player.state().typed).toBe('')
  expect(player.state()).toMatchObject({ position: 0.5, duration: 4.5 })
})

test('plays with the times of the recording; a pause counts for two seconds', async () => {
  const { player, pass, shows } = start(FRAMES)
  player.toggle()
  pass(1)
  expect(player.state().position).toBeCloseTo(1)
  pass(2.4)
  expect(player.state().position).toBeCloseTo(3.4)
  await shows('$ one')
  pass(0.2)
  await shows('$ one\ntwo')
  pass(2)
  expect(player.state()).toMatchObject({ position: 4.5, duration: 4.5, isPlaying: false })
  await shows('three')
})

test('plays faster, and with all of its pauses', () => {
  const { player, pass } = start(FRAMES)
  player.setIdleLimit(null)
  player.setSpeed(8)
  player.toggle()
  pass(5)
  expect(player.state().position).toBeCloseTo(40)
  player.toggle()
  pass(1)
  expect(player.state().position).toBeCloseTo(40)
})

test('another longest pause keeps the event that is shown', async () => {
  const { player, shows } = start(FRAMES)
  player.seek(3.5)
  await shows('$ one\ntwo')
  player.setIdleLimit(null)
  expect(player.state()).toMatchObject({ position: 60, duration: 61 })
  player.setIdleLimit(5)
  expect(player.state()).toMatchObject({ position: 6.5, duration: 7.5 })
  expect(player.positionOf(60.5)).toBe(7)
})

test('steps from event to event, and stops playing', async () => {
  const { player, shows } = start(FRAMES)
  player.toggle()
  for (const position of [1, 1.5, 3.5, 4.5, 4.5]) {
    player.step(1)
    expect(player.state()).toMatchObject({ position, isPlaying: false })
  }
  await shows('three')
  for (const position of [3.5, 1.5, 1, 0, 0]) {
    player.step(-1)
    expect(player.state().position).toBe(position)
  }
  await shows('$')
})

test('follows a recording that grows, until somebody moves', async () => {
  const { player, shows } = start(FRAMES.slice(0, 1))
  player.follow()
  await shows('$')
  player.add([[2, 'o', 'id']])
  await shows('$ id')
  player.seek(0)
  await shows('$')
  player.add([[3, 'o', ' -u']])
  expect(player.state()).toMatchObject({ position: 0, duration: 3, isFollowing: false })
})

test('a terminal is resized as it was, within bounds', async () => {
  const { player, shows } = start([
    [0, 'o', 'a'],
    [1, 'r', '4000000000x4000000000'],
    [1, 'o', 'A'],
    [2, 'r', '10x3'],
    [3, 'o', 'b'],
  ])
  player.seek(1)
  await shows('aA')
  expect(player.state().screen).toMatchObject({ columns: MAX_COLUMNS })
  expect(player.state().screen.rows).toHaveLength(MAX_ROWS)
  player.seek(3)
  await shows('aAb')
  expect(player.state().screen.columns).toBe(10)
})

test('colours, weight and wide characters are kept', async () => {
  const emulator = createEmulator(20, 2)
  await emulator.write(
    '\u001b[1;31mbad\u001b[0m\u001b[38;5;196mx\u001b[48;2;1;2;3my\u001b[0m\u001b[7mz\u001b[0m漢',
  )
  expect(emulator.screen().rows[0]?.runs.slice(0, 5)).toEqual([
    { text: 'bad', width: 3, classes: 'cast-fg-1 cast-bold', foreground: null, background: null },
    { text: 'x', width: 1, classes: '', foreground: '#ff0000', background: null },
    { text: 'y', width: 1, classes: '', foreground: '#ff0000', background: '#010203' },
    { text: 'z', width: 1, classes: 'cast-fg-inverse cast-bg-inverse', foreground: null, background: null },
    { text: '漢', width: 2, classes: '', foreground: null, background: null },
  ])
})

test('text is copied with what was scrolled out, and wrapped lines are one', async () => {
  const emulator = createEmulator(10, 2)
  await emulator.write('first\r\nabcdefghijklmno\r\nlast\u202e!')
  expect(emulator.text()).toBe('first\nabcdefghijklmno\nlast!')
})

test.each([
  ['scrolls', '\u001b[2147483647S\u001b[2147483647T'],
  ['tabulators', '\u001b[2147483647I\u001b[2147483647Z'],
  ['repetitions', 'x\u001b[2147483647b'],
  ['inserted and deleted lines', '\u001b[2147483647L\u001b[2147483647M'],
  ['moves', '\u001b[2147483647;2147483647H\u001b[2147483647A\u001b[2147483647C'],
  ['marks on one letter', `e${'\u0301'.repeat(100_000)}\u001b[2147483647b`],
  ['a sequence after a deleted character', '\u001b[\u007f2147483647I'],
  [
    'a clipboard, a title, a link and a picture',
    '\u001b]52;c;ZXZpbA==\u0007\u001b]0;t\u0007\u001b]8;;javascript:x\u0007l\u001b]8;;\u0007\u001bPq#0~~\u001b\\',
  ],
  ['questions', '\u001b[c\u001b[6n\u001b[?2026$p\u001b]11;?\u0007\u001bP$qm\u001b\\'],
  ['modes', '\u001b[?1049h\u001b[?1000h\u001b[?2004h\u001b[?25l\u001b[20h\u001bc'],
])('%s without end do no harm', async (_, text) => {
  const emulator = createEmulator(80, 24)
  await emulator.write(text)
  await emulator.write('\u001bc\u001b[Hdone')
  expect(textOf(emulator.screen())).toBe('done')
})

test('whatever is written, the terminal goes on', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc
      .tuple(
        fc.constantFrom('\u001b[', '\u009b', '\u001b[?', '\u001b[>'),
        fc.nat(),
        fc.constantFrom(...'@ABCDEFGHIJKLMPSTXZabcdefghlmnqrstux`'),
      )
      .map(([a, n, b]) => `${a}${n}${b}`),
    fc.constantFrom(
      '\u001b]8;;x\u0007',
      '\u001bP',
      '\u001b\\',
      '\u001b(0',
      '\u000e',
      '\u001b#8',
      '\r\n',
      '\t',
      '\u001bc',
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const emulator = createEmulator(30, 6)
      const text = pieces.join('')
      await emulator.write(text.slice(0, 20))
      await emulator.write(text.slice(20))
      expect(emulator.screen().rows).toHaveLength(6)
      await emulator.write('\u0018\u001b\\\u001bc\u001b[Hdone')
      expect(textOf(emulator.screen())).toBe('done')
    }),
    { numRuns: 100 },
  )
}, 60_000)
