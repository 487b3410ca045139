// biome-ignore-all lint/suspicious/noTemplateCurlyInString: text of a shell
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testShell } from '../../testing/decoy-shell.js'

/** Commands whose result follows from the command alone. */
const COMMANDS = [
  'echo a  b "c  d" \'e  f\'',
  'echo "a\\"b\\$c\\\\d" \'a\\b\' a\\ b',
  'x=1; y="$x 2"; echo $y "$y" ${x}3 ${z:-none} ${x:+set} ${#y}',
  'x=a.tar.gz; echo ${x%.*} ${x%%.*} ${x#*.} ${x##*.}',
  'x="a b  c"; for i in $x; do echo "[$i]"; done; for i in "$x"; do echo "[$i]"; done',
  'set -- a "b c" d; echo $# "$2" "$*"; for i in "$@"; do echo "<$i>"; done; shift; echo $1',
  'echo $(echo a; echo b) "$(echo a; echo b)" `echo c`',
  'echo $(echo "$(echo deep "$(echo er)")")',
  'echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((7%3)) $((1<2)) $((0x10)) $((010)) $((1?2:3)) $((5&3|8))',
  'i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done',
  'i=5; until [ $i -eq 3 ]; do i=$((i-1)); echo $i; done',
  'true && echo yes || echo no; false && echo yes || echo no; ! true; echo $?',
  'if false; then echo a; elif true; then echo b; else echo c; fi',
  'case abc in x*) echo 1;; a?c) echo 2;; *) echo 3;; esac',
  'case "$HOME" in "") echo empty;; *) echo set;; esac',
  '(cd /; x=inner; exit 3); echo $? ${x:-outer}',
  '{ echo a; echo b; } | wc -l',
  'echo a > f; echo b >> f; cat f; cat < f | sort -r',
  'echo out; echo err >&2; (echo e1 >&2) 2>&1 | cat',
  'ls /does/not/exist 2>/dev/null || echo missing',
  'cat <<EOF\na $((1+1)) $(echo sub) "q"\nEOF',
  "cat <<'EOF'\na $((1+1)) $(echo sub)\nEOF",
  'cat <<-EOF\n\ttabs\n\tgone\n\tEOF',
  'f() { echo "$1-$2"; return 4; }; f x y; echo $?',
  'for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done',
  'printf "%s-%d-%x-%05d|%-5s|%5s|%%\\n" a 10 255 42 l r',
  'printf "%s\\n" a b c; printf "\\101\\n"; printf "%c%c\\n" xyz abc',
  'printf "a\\tb\\n" | cut -f2; echo a:b:c | cut -d: -f1,3; echo abcdef | cut -c2-4',
  'printf "b\\na\\nc\\na\\n" | sort | uniq -c | sort -rn | head -1 | awk \'{print $2}\'',
  'printf "10\\n9\\n100\\n" | sort -n; printf "10\\n9\\n100\\n" | sort',
  'echo hello | tr a-z A-Z; echo hello | tr -d l; echo aabb | tr -s ab',
  'echo "a1b22c" | sed "s/[0-9]/#/g; s/^a/A/"; printf "1\\n2\\n3\\n" | sed -n "2p"; printf "1\\n2\\n3\\n" | sed "/2/d"',
  'echo "john smith" | sed -E "s/([a-z]+) ([a-z]+)/\\2 \\1/"; echo aaa | sed "s/a/b/2"',
  'printf "foo\\nbar\\nfoobar\\n" | grep foo; printf "foo\\nbar\\n" | grep -c o; printf "Foo\\n" | grep -i foo; printf "a\\nb\\n" | grep -v a',
  'printf "ab12cd\\n" | grep -o "[0-9]*"; printf "x+y\\n" | grep -F "x+y"; printf "aa\\n" | grep -E "^a{2}$"; echo z | grep -q a; echo $?',
  'seq 3; seq 2 2 6 | tail -1; seq 5 | head -n 2; seq 5 | tail -n +4',
  'mkdir -p d/e; touch d/b d/a; echo d/*; ls d; rm -r d; ls',
  'touch a.txt b.txt c.log; echo *.txt; echo *.none; echo [ab].txt; echo "*.txt"; rm -f *.txt; echo *',
  'echo data > x; cp x y; mv y z; cat z; [ -f z ] && [ ! -e y ] && echo moved; wc -c < z',
  'echo "echo script $1" > s.sh; chmod +x s.sh; ./s.sh; sh s.sh',
  "echo 'echo arg=$1 n=$#' > s; sh s one two",
  'echo aGVsbG8K | base64 -d; echo hello | base64; echo hello | md5sum; printf abc | sha256sum',
  'echo a b c | while read x y; do echo "$y/$x"; done',
  'printf "1 2\\n3 4\\n" | while read a b; do echo $((a+b)); done',
  'IFS=:; set -- $(echo a:b:c); echo $# $2',
  'echo one two | xargs -n1 echo item; printf "a\\nb\\n" | xargs echo',
  'find . -name nothing; mkdir q; touch q/f1 q/f2; find q -type f | sort; find q -name "f1" -exec echo found {} \\;',
  'test -d / && echo d; test -z "" && echo z; [ 3 -gt 2 -a 1 = 1 ] && echo both; [ "a" = "b" -o 1 -eq 1 ] && echo either',
  'unset nope; echo "${nope-unset}" "${nope:=assigned}" $nope',
  "eval \"x=5; echo \\$x\"; export A=1; sh -c 'echo $A'; B=2 sh -c 'echo $B'; echo ${B:-gone}",
  'exec 2>&1; echo after; command -v cd; type true >/dev/null && echo t',
  'nosuchcommand_x 2>/dev/null; echo $?; sh -c "exit 7"; echo $?',
  'echo a | tee t1 | tr a b; cat t1; echo b | tee -a t1 >/dev/null; cat t1',
  'basename /a/b/c.txt .txt; dirname /a/b/c.txt; pwd >/dev/null; cd / && pwd; cd - >/dev/null',
  'echo "abc" | rev; printf "1\\n2\\n" | tac; printf "x\\ny\\n" | nl | wc -l',
  'dd if=/dev/zero bs=10 count=3 2>/dev/null | wc -c; head -c 3 /dev/zero | wc -c',
  'tar cf t.tar --files-from /dev/null 2>/dev/null; echo x > in; tar cf t.tar in; rm in; tar xf t.tar; cat in; gzip in; gunzip in.gz; cat in',
  'a=1 b=2; echo $a$b; a=$b; echo $a; echo "$a"\'$a\'$a',
  'echo \\* "\\*" \'\\*\'; echo a\\\nb; echo # comment\necho next',
  'x=$(false); echo $?; x=$(exit 3) ; echo $?; true | false; echo $?; false | true; echo $?',
]

const BASH_COMMANDS = [
  'echo {a,b,c}{1,2} {1..4} {c..a}',
  'x=hello; echo ${x:1:3} ${x: -2} ${x/l/L} ${x//l/L} ${x^^} ${x^}',
  '[[ abc == a* ]] && echo m; [[ abc =~ ^a.c$ ]] && echo r; [[ -n x && ( 1 -eq 2 || 2 -eq 2 ) ]] && echo c',
  'echo -e "a\\tb\\x41\\0101"; echo -n no; echo -ne "\\n"; echo $\'a\\nb\'',
  'cat <<< "here string"; x=1; ((x+=2)); echo $x; (( x > 5 )); echo $?',
  'echo a &> both; cat both; echo b &>> both; cat both; echo x |& cat',
  'x=1; x+=2; echo $x; function g { echo g$1; }; g 1; cat <(echo one) <(echo two)',
  'set -e; false || echo kept; ! false; (exit 1) || true; echo end; false; echo never',
]

function inRealShell(shell: string, command: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'eviltwin-shell-'))
  try {
    return execFileSync(shell, ['-c', `${command}\n`], {
      cwd: folder,
      env: { PATH: '/usr/bin:/bin', HOME: '/root', LC_ALL: 'C' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function inDecoy(program: string, command: string): Promise<string> {
  const { shell, errors } = testShell({ isInteractive: false })
  shell.files.makeDirectory('/tmp/work')
  shell.files.write('/tmp/command', Buffer.from(command))
  const { output } = await shell.run(`cd /tmp/work; ${program} -c "$(cat /tmp/command)" 2>/dev/null`)
  expect(errors).toEqual([])
  return output
}

const hasDash = existsSync('/bin/dash')
const hasBash = existsSync('/bin/bash')

test.skipIf(!hasDash).each(COMMANDS)('as dash does: %s', async (command) => {
  expect(await inDecoy('sh', command)).toBe(inRealShell('/bin/dash', command))
})

test.skipIf(!hasBash).each([...COMMANDS, ...BASH_COMMANDS])('as bash does: %s', async (command) => {
  expect(await inDecoy('bash', command)).toBe(inRealShell('/bin/bash', command))
})
