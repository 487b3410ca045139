import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { memoryUse } from './memory.js'

/** A file system with these files. */
function root(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-cgroup-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  return directory
}

test('a container of cgroup v2, without the cache that can be dropped', () => {
  const use = memoryUse(
    root({
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.current': '900\n',
      'sys/fs/cgroup/memory.max': '1000\n',
      'sys/fs/cgroup/memory.stat': 'anon 700\ninactive_file 200\nfile 200\n',
    }),
  )
  expect(use).toEqual({ used: 700, limit: 1000, source: 'cgroup v2' })
})

test('a service below its own group', () => {
  const use = memoryUse(
    root({
      'proc/self/cgroup': '0::/system.slice/eviltwin.service\n',
      'sys/fs/cgroup/system.slice/eviltwin.service/memory.current': '500\n',
      'sys/fs/cgroup/system.slice/eviltwin.service/memory.max': '2000\n',
    }),
  )
  expect(use).toEqual({ used: 500, limit: 2000, source: 'cgroup v2' })
})

test('a container of cgroup v1', () => {
  const use = memoryUse(
    root({
      'proc/self/cgroup': '3:cpu,cpuacct:/docker/x\n2:memory:/docker/x\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '600\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '1000\n',
      'sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 100\n',
    }),
  )
  expect(use).toEqual({ used: 500, limit: 1000, source: 'cgroup v1' })
})

test.each([
  ['no group', {}],
  [
    'no limit',
    {
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.current': '900',
      'sys/fs/cgroup/memory.max': 'max',
    },
  ],
  [
    'the number that means no limit',
    {
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '600',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    },
  ],
])('%s: this process against the host', (_what, files) => {
  const use = memoryUse(root(files))
  expect(use.source).toBe('process')
  expect(use.used).toBeGreaterThan(0)
  expect(use.limit).toBeGreaterThan(use.used)
})
