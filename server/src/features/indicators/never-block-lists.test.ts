import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { networks } from '../../domain/networks.js'
import { prepareNeverBlock } from '../../domain/never-block.js'
import { exclusionOf } from './listing.js'
import {
  loadNeverBlockLists,
  loadResearchScanners,
  operatorLists,
  platformLists,
  type UnusedList,
} from './never-block-lists.js'

let directory: string
let unused: UnusedList[]
beforeEach(() => {
  unused = []
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-lists-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const load = (includeDocumentation = false) =>
  loadNeverBlockLists({
    FEEDS_NEVER_BLOCK_DIR: directory,
    FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES: includeDocumentation,
  }, (list) => unused.push(list)) // biome-ignore format: one call
const write = (file: string, content: unknown) =>
  writeFileSync(join(directory, file), typeof content === 'string' ? content : JSON.stringify(content))
const categoriesOf = (lists: Awaited<ReturnType<typeof load>>, value: string) =>
  exclusionOf({ type: 'ipv4-addr', value }, { neverBlock: [prepareNeverBlock(lists)] })?.category ?? null

test('a copy of MISP warninglists is read as it is', async () => {
  await mkdir(join(directory, 'some-list'))
  write('some-list/list.json', {
    description: 'Event contains ...',
    list: ['9.8.0.0/16', '9.7.6.5'],
    matching_attributes: ['ip-src'],
    name: 'Some list',
    type: 'cidr',
    version: 20260811,
  })
  write('own.json', { name: 'Own', type: 'hostname', list: ['partner.ru'], source: 'us', licence: 'CC0-1.0', date: '2026-01-31' }) // biome-ignore format: one list
  write('README.md', 'no list')
  const lists = await load()
  expect(categoriesOf(lists, '9.8.7.6')).toBe('operator')
  expect(lists.find(({ name }) => name === 'Some list')).toMatchObject({
    version: 20260811,
    source: 'some-list/list.json',
    licence: null,
  })
  expect(lists.find(({ name }) => name === 'Own')).toMatchObject({ source: 'us', date: '2026-01-31' })
})

// Five of the lists of https://github.com/MISP/misp-warninglists are of such a type.
test('lists for other things than feeds hold are left out of a copy, and named', async () => {
  write('phone_numbers.json', {
    name: 'Phone numbers',
    type: 'regex',
    list: ['.*'],
    version: 1,
    description: '',
  })
  write('sandboxes.json', {
    name: 'Sandboxes',
    type: 'substring',
    list: ['9.8'],
    version: 1,
    description: '',
  })
  const lists = await load()
  expect(unused).toEqual([
    { file: join(directory, 'phone_numbers.json'), type: 'regex' },
    { file: join(directory, 'sandboxes.json'), type: 'substring' },
  ])
  expect(lists.map(({ name }) => name)).not.toContain('Phone numbers')
  expect(categoriesOf(lists, '9.8.7.6')).toBeNull()
})

test('documentation addresses are listed only when the configuration says so', async () => {
  expect(categoriesOf(await load(), '203.0.113.1')).toBe('documentation')
  expect(categoriesOf(await load(true), '203.0.113.1')).toBeNull()
  expect(categoriesOf(await load(true), '10.0.0.1')).toBe('special-purpose')
})

test.each([
  ['no JSON', '{'],
  ['another type', { name: 'x', type: 'prefix', list: ['.*'] }],
  ['no list', { name: 'x', type: 'cidr' }],
  ['an entry of another type', { name: 'x', type: 'cidr', list: ['9.9.9.9', 'example.com'] }],
  ['an entry that is too long', { name: 'x', type: 'string', list: ['x'.repeat(501)] }],
])('a list with %s is refused with its name', async (_, content) => {
  write('wrong.json', content)
  await expect(load()).rejects.toThrow(/^the list .*wrong\.json cannot be used: /)
})

test('lists are bounded in number, size and entries', async () => {
  write('long.json', { name: 'x', type: 'string', list: Array.from({ length: 1_000_001 }, (_, i) => `${i}`) })
  await expect(load()).rejects.toThrow('more than 1000000 entries')
  write('long.json', ' '.repeat(32 * 1024 * 1024 + 1))
  await expect(load()).rejects.toThrow('bytes')
  rmSync(join(directory, 'long.json'))
  for (let i = 0; i <= 500; i += 1) write(`${i}.json`, { name: 'x', type: 'string', list: [] })
  await expect(load()).rejects.toThrow('more than 500 lists')
})

test('a directory that is not there is named', async () => {
  rmSync(directory, { recursive: true })
  await expect(load()).rejects.toThrow(/FEEDS_NEVER_BLOCK_DIR .* cannot be read \(ENOENT\)/)
})

test('the platform, its proxies and what the operator names are in no export', () => {
  const lists = [
    ...platformLists({
      PUBLIC_URL: 'https://twin.acme.org',
      CANARY_URL: 'https://twin.acme.org',
      HOST: '9.1.1.1',
      TRUST_PROXY: ['9.2.0.0/16', 'loopback'],
    }),
    ...platformLists({
      PUBLIC_URL: 'http://9.3.1.1:8000',
      CANARY_URL: 'http://files.example.net',
      HOST: '0.0.0.0',
      TRUST_PROXY: [],
    }),
    ...operatorLists({
      FEEDS_NEVER_BLOCK_NETWORKS: networks('9.4.0.0/16'),
      FEEDS_NEVER_BLOCK_DOMAINS: ['partner.ru'],
    }),
  ]
  const policy = { neverBlock: [prepareNeverBlock(lists)] }
  const matchOf = (type: 'ipv4-addr' | 'url', value: string) => exclusionOf({ type, value }, policy)?.category
  for (const value of ['9.1.1.1', '9.2.3.4', '9.3.1.1', '127.0.0.1'])
    expect([value, matchOf('ipv4-addr', value)]).toEqual([value, 'platform'])
  expect(matchOf('url', 'https://twin.acme.org/c/x')).toBe('platform')
  expect(matchOf('url', 'http://files.example.net/c/x')).toBe('platform')
  expect(matchOf('ipv4-addr', '9.4.5.6')).toBe('operator')
  expect(matchOf('url', 'http://cdn.partner.ru/a')).toBe('operator')
  expect(matchOf('ipv4-addr', '9.5.5.5')).toBeUndefined()
})

test.each([
  ['162.142.125.9', true],
  ['71.6.233.1', true],
  ['5.63.151.97', true],
  ['2602:80d:1000:b0cc:e::1', true],
  ['203.0.113.7', false],
  ['no address', false],
])(
  'research scanners, whose alerts may be muted, are those of the shipped list: %s is %s',
  async (ip, isOne) => {
    expect((await loadResearchScanners())(ip)).toBe(isOne)
  },
)
