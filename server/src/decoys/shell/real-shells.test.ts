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
  'printf "%05.1f|%g|%g|%g|%g|%.3g|%08.2f\\n" 3.14159 0.00001 1234567 100 0.5 3.14159 2.5',
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

const AWK_COMMANDS = [
  String.raw`printf "a b c\nd e\n" | awk '{print $1, $NF; print NR": "$0, NF}'`,
  String.raw`printf "root:x:0\nbin:x:1\n" | awk -F: '{print $1 "=" $3}'; echo a1b22c | awk -F'[0-9]+' '{print $2 $3}'`,
  String.raw`printf "a,b\nc,d\n" | awk -F, -v OFS=- '{$1=$1; print; print $2}' ; echo "a b" | awk '{$3="z"; print; print NF}'`,
  String.raw`printf "x 1\ny 2\nx 3\n" | awk '/x/ {sum += $2} END {print sum, sum/NR, NR}'`,
  String.raw`printf "1\n2\n3\n4\n5\n" | awk 'NR==2,NR==4'; printf "1\n2\n3\n" | awk 'NR%2'; printf "a\n\nb\n" | awk NF; printf "a\nb\n" | awk 'END{print $0}'`,
  String.raw`printf "b 2\na 10\n" | awk '$2 > 5'; printf "10\n9\n" | awk '$1 < 9.5'; echo "10 9" | awk '{print ($1 < $2), ($1"" < $2"")}'`,
  `awk 'BEGIN { for (i = 0; i < 5; i++) { if (i == 3) continue; if (i == 4) break; printf "%d ", i } print "" }'`,
  `awk 'BEGIN { i = 3; while (i > 0) { print i--; } do { i++ } while (i < 2); print i }'`,
  String.raw`printf "a\nb\na\n" | awk '{n[$1]++} END {print n["a"], n["b"], length(n["c"]); if (!("d" in n)) print "no"; delete n["a"]; print n["a"] + 0}'`,
  String.raw`printf "k v\nl w\n" | awk '{m[$1]=$2} END {for (k in m) print k, m[k]}' | sort`,
  `awk 'BEGIN { print length("hello"), substr("hello", 2, 3), substr("hello", 4), index("hello", "l"), toupper("abc"), tolower("ABC"), int(3.9), int(-3.9) }'`,
  `awk 'BEGIN { n = split("a:b:c", p, ":"); print n, p[1], p[3]; s = "aaa"; gsub(/a/, "[&]", s); print s; t = "foo"; print sub("o", "0", t), t }'`,
  String.raw`echo "foo bar" | awk '{ gsub("o", "0"); print; print $1 }'; echo "a.b" | awk '{sub(/\./, "-"); print}'`,
  `awk 'BEGIN { print 1+2*3, (1+2)*3, 7%3, 2^3, 10/4, 1e3, 0.1+0.2, -3, 1/3, 100 * 1000 }'`,
  `awk 'BEGIN { x = 5; x += 2; x *= 3; x -= 1; x /= 4; x ^= 2; print x; print x++ + ++x, x; print !x, !0, 1 && 0, 1 || 0, 1 ? "y" : "n" }'`,
  String.raw`awk 'BEGIN { printf "%5d|%-5s|%05.1f|%s|%x|%%|%c\n", 42, "ab", 3.14159, "z", 255, "hello" }'; awk 'BEGIN { printf("%s %s\n", "a", "b") }'`,
  `echo "5 apples" | awk '{ if ($1 > 3 && $2 ~ /^app/) print "many"; else print "few" }'; echo x | awk '{ if ($1 !~ "y") print "no y" }'`,
  String.raw`printf "a\nb\nc\n" | awk 'NR==2 {next} {print} END {exit 3}'; echo $?; awk 'BEGIN {exit 1} END {print "end"}'; echo $?`,
  String.raw`printf "a b\n" > f1; printf "c d\n" > f2; awk '{print FILENAME, NR, $2}' f1 f2; awk '{print v, $1}' v=1 f1 v=2 f2`,
  String.raw`printf '{ print "from file", $1 } # comment\n' > p.awk; echo one two | awk -f p.awk; echo 'a  b' | awk '{print $1"\t"$2}'`,
  `echo "a b c d" | awk '{ for (i = NF; i > 0; i--) printf "%s%s", $i, (i > 1 ? OFS : ORS) }'; echo "1 2 3" | awk '{s=0; for(i=1;i<=NF;i++) s+=$i; print s}'`,
  String.raw`printf "a b\n" | awk '{ print $(1+1), $NF-0, $(NF-1) }'; echo "x=1" | awk -F= '$1=="x"{print $2+1}'; echo hi | awk '1'; echo hi | awk '0'`,
  `awk 'BEGIN { a[1,2] = 3; if ((1,2) in a) print "in"; print length(a[1,2]) }'; awk 'BEGIN { print substr("hello", -1) "|" substr("hello", 9) }'`,
  `awk 'BEGIN { print -1 " " -1; print 1 - 1, 1 -1 }' 2>/dev/null; awk 'BEGIN { print 1==1.0, "a"<"b", "10"<"9", 10<9 }'`,
  String.raw`printf "cpu 10 20\n" | awk '/^cpu / { idle = $3; total = $2 + $3; printf("%.2f%%\n", 100 * (total - idle) / total) }'; df -P / | awk 'NR==2' | wc -l`,
  `for p in 'BEGIN { next }' 'BEGIN { break }' '{ continue }' 'END { next }'; do echo x | awk "$p" 2>&1; echo $?; done`,
  `awk 'BEGIN { do { n++; if (n == 2) continue; if (n == 4) break; print n } while (n < 9); do print "once"; while (0) }'`,
  `awk 'BEGIN { if (x == 0 && x == "") print "unset"; print length(x), x + 1; y = "3x"; print y + 1, +"0x", "1e2" + 0 }'`,
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

test.skipIf(!hasDash).each([...COMMANDS, ...AWK_COMMANDS])('as dash does: %s', async (command) => {
  expect(await inDecoy('sh', command)).toBe(inRealShell('/bin/dash', command))
})

test.skipIf(!hasBash).each([...COMMANDS, ...BASH_COMMANDS])('as bash does: %s', async (command) => {
  expect(await inDecoy('bash', command)).toBe(inRealShell('/bin/bash', command))
})
