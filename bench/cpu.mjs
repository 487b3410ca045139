import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Processor time of a process, in seconds, user and system. */
export function ownCpuSeconds(pid) {
  const { own } = timesOf(pid)
  return own
}

/** Processor time of a process with its present and former children, in seconds. */
export function treeCpuSeconds(pid) {
  const { own, ofFormerChildren } = timesOf(pid)
  return childrenOf(pid).reduce((sum, child) => sum + ownCpuSeconds(child), own + ofFormerChildren)
}

export function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
}

/** utime, stime, cutime and cstime of proc_pid_stat(5); a child that ended meanwhile is a former one of its parent. */
function timesOf(pid) {
  let stat
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return { own: 0, ofFormerChildren: 0 }
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (...at) => at.reduce((sum, field) => sum + Number(fields[field]), 0) / TICKS_A_SECOND
  return { own: seconds(11, 12), ofFormerChildren: seconds(13, 14) }
}
