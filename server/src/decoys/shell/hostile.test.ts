// biome-ignore-all lint/suspicious/noTemplateCurlyInString: text of a shell
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testShell } from '../../testing/decoy-shell.js'
import { evaluateArithmetic } from './arithmetic.js'
import { compilePattern, matches } from './pattern.js'

const limits = { work: 500, outputBytes: 20_000, fileSystemBytes: 100_000, fileBytes: 50_000, files: 50 }

const piece = fc.constantFrom(
  ...'echo cat ls cd rm -rf / ~ $HOME ${x:-y} $( ` " \' ; && || | & > >> < 2>&1 << EOF \n ( ) { } if then else fi for in do done while true case esac ! * ? [a-z] $((1+ )) [[ ]] = x=1 \\ # yes xargs sed s/a*/b/g grep -E (a+)+$ awk {print} find . -exec sh -c tar base64 -d seq 1 99999999 printf %999d \x00 \x1b[2J é 😀 read eval exec set -e trap exit function f()'.split(
    ' ',
  ),
)
const line = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(' ')),
  fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

test('whatever is typed ends, throws nothing and writes no more than it may', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (lines, isInteractive) => {
        const { shell, errors } = testShell({ limits, isInteractive })
        for (const each of lines) {
          const { output, bytes, exitCode } = await shell.run(each)
          // What the shell says of a line that was ended comes on top.
          expect(bytes.length).toBeLessThanOrEqual(limits.outputBytes + 100)
          expect(typeof output).toBe('string')
          expect(exitCode).toBeGreaterThanOrEqual(0)
          expect(exitCode).toBeLessThanOrEqual(255)
        }
        shell.interrupt()
        expect(errors).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
}, 60_000)

/** A command that makes `x` a long text of one character. */
function long(character: string): string {
  return `x=$(head -c 200000 /dev/zero | tr '\\0' '${character}')`
}

/** Variables `v0` and so on, each of which is a sum of the next. */
function nested(depth: number): string {
  return Array.from(
    { length: depth },
    (_, at) =>
      `v${at}=${Array(500)
        .fill(`v${at + 1}`)
        .join('+')}`,
  ).join('; ')
}

/** Makes a text of awk that is long, and costs little to name. */
const LONG = 'BEGIN { a = "a1"; while (length(a) < 200000) a = a a;'

test.each([
  ['a fork bomb', ':(){ :|:& };:'],
  ['a function that calls itself', 'f(){ f; }; f'],
  ['an endless loop', 'while true; do :; done'],
  ['endless output', 'yes'],
  ['loops in loops', 'for i in $(seq 1 999); do for j in $(seq 1 999); do echo $i$j >/dev/null; done; done'],
  [
    'a file that doubles',
    'echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >x; while true; do cat x x >y; mv y x; done',
  ],
  ['a variable that doubles', 'a=aaaaaaaaaaaaaaaa; while true; do a=$a$a; done'],
  ['many files', 'i=0; while true; do i=$((i+1)); echo $i >/tmp/f$i; done'],
  ['deep folders', 'while true; do mkdir d; cd d; done'],
  ['a link to itself', 'ln -s /tmp/l /tmp/l; cat /tmp/l/l/l; ls -R /tmp'],
  [
    'a regular expression that backtracks',
    'seq 1 2000 | tr -d "\\n" | sed "s/1/a/g" | grep -E "^(([a-z0-9])+.)+[A-Z]([a-z0-9])+$"',
  ],
  [
    'a pattern that backtracks',
    'x=$(seq 1 2000); case $x in *1*2*3*4*5*6*7*8*9*z) echo;; esac; echo ${x//*a*b*c/}',
  ],
  ['arithmetic without end', 'a=a+1; echo $((a)); echo $((2**99999999999))'],
  ['brackets inside brackets', `${'('.repeat(5_000)}echo${')'.repeat(5_000)}`],
  ['substitutions inside substitutions', `${'$('.repeat(5_000)}echo${')'.repeat(5_000)}`],
  ['a shell that calls itself', "echo 'sh $0' >/tmp/s; sh /tmp/s"],
  ['a loop of awk', "awk 'BEGIN { while (1) i++ }'"],
  ['a text of awk that doubles', 'awk \'BEGIN { a = "aaaaaaaaaaaaaaaa"; while (1) a = a a }\''],
  ['an array of awk', "awk 'BEGIN { while (1) a[i++] = i }'"],
  ['fields of awk', "yes | awk '{ $9999 = NR; print }'"],
  ['an expression of awk inside another', `awk 'BEGIN { print ${'('.repeat(5_000)}1 }'`],
  ['a replacement of awk that grows', 'awk \'BEGIN { a = "a"; while (1) gsub(/a/, "&a&", a) }\''],
  ['a record of awk that is read again and again', `awk '${LONG} while (1) $0 = a }'`],
  ['a function of awk of a long text', `awk '${LONG} while (1) toupper(a) }'`],
  ['a comparison of awk of long texts', `awk '${LONG} b = a "x"; while (1) c = (a < b) }'`],
  ['a replacement of awk that finds nothing', `awk '${LONG} while (1) sub(/z/, "", a) }'`],
  ['empty fields of awk', `awk 'BEGIN { OFS = ""; while (1) NF = 9999 }'`],
  ['regular expressions of awk', `awk 'BEGIN { while (1) "x" ~ "(a|b)*" i++ }'`],
  ['braces without end', 'echo {1..99999999}{1..99999999}'],
  ['braces that are not closed', `echo {${','.repeat(200_000)}`],
  ['variables that are expressions of variables', `${nested(14)}; echo $((v0))`],
  ['brackets that are not closed', `x=${'['.repeat(200_000)}; echo $x; case a in $x) ;; esac`],
  [
    'matches that look at the rest of a line each',
    `${long('a')}; echo $x | grep -oE 'a|a.*b'; echo $x | sed -E 's/a|a.*b/c/g'`,
  ],
  ['fields of awk by a pattern that looks at the rest', `awk '${LONG} split(a, f, /a|a.*b/) }'`],
  ['a replacement of awk by a pattern that looks at the rest', `awk '${LONG} gsub(/a|a.*b/, "c", a) }'`],
  ['a large regular expression', `${long('a')}; [[ $x =~ (.*a.{200}b) ]]`],
  ['replacements of sed that grow', `seq 3 | sed '${`s/.*/${'&'.repeat(40)}/;`.repeat(8)}'`],
  ['a replacement of awk of many marks', `awk '${LONG} b = a; gsub(/./, "\\&", b); gsub(/a.*/, b, a) }'`],
  ['a delimiter of sed after many brackets', `${long('[')}; echo a | sed "s/$x"`],
  ['many ends of lines', `x=$(head -c 200000 /dev/zero | tr '\\0' '\\n'; echo x)`],
  ['long options of ps', `${long('e')}; ps -$x; ps a$x`],
  ['a name of many slashes', `${long('/')}; basename a${'$'}{x}b; dirname a${'$'}{x}b`],
  ['a template of many marks', `${long('X')}; mktemp ${'$'}{x}y`],
  ['a host of many colons', `${long(':')}; ssh "$x\n"`],
])(
  '%s comes to an end',
  async (_, text) => {
    const { shell, errors } = testShell({ limits: { ...limits, work: 2_000 } })
    await shell.run(text)
    await shell.run('echo still here')
    expect((await shell.run('echo still here')).output).toBe('still here\n')
    expect(errors).toEqual([])
  },
  60_000,
)

test('files of an attacker are bounded in bytes, in number and in depth', async () => {
  const { shell } = testShell({ limits: { fileSystemBytes: 10_000, fileBytes: 6_000, files: 3 } })
  shell.files.write('/tmp/a', Buffer.alloc(6_000))
  expect(() => shell.files.write('/tmp/b', Buffer.alloc(6_001))).toThrow('No space left on device')
  expect(() => shell.files.write('/tmp/c', Buffer.alloc(5_000))).toThrow('No space left on device')
  expect(() => shell.files.write('/tmp/d', Buffer.alloc(1))).toThrow('No space left on device')
  expect(() => shell.files.write(`/tmp/${'n'.repeat(300)}`, Buffer.alloc(1))).toThrow('File name too long')
  shell.files.remove('/tmp/a')
  shell.files.remove('/tmp/b')
  shell.files.write('/tmp/e', Buffer.alloc(6_000))
  const deep = testShell()
  const path = (depth: number): string => `/tmp${'/d'.repeat(depth)}`
  for (let depth = 1; depth <= 63; depth += 1) deep.shell.files.makeDirectory(path(depth))
  expect(() => deep.shell.files.makeDirectory(path(64))).toThrow('No space left on device')
})

test('no expression and no pattern throws anything but its own error', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, other) => {
      try {
        evaluateArithmetic(text, { get: () => other, set: () => {} })
      } catch (error) {
        expect((error as Error).name).toBe('ArithmeticError')
      }
      expect(typeof matches(compilePattern(text), other)).toBe('boolean')
    }),
  )
})
