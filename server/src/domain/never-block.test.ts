import { readdirSync, readFileSync } from 'node:fs'
import type { IocType } from '@eviltwin/contract'
import { describe, expect, test } from 'vitest'
import { hostOfUrl, type NeverBlockList, neverBlockMatch, prepareNeverBlock } from './never-block.js'

const SHIPPED = new URL('../../never-block/', import.meta.url)
const shipped = readdirSync(SHIPPED).map(
  (file) => JSON.parse(readFileSync(new URL(file, SHIPPED), 'utf8')) as NeverBlockList,
)
const lists = prepareNeverBlock(shipped)
const categoryOf = (type: IocType, value: string) => neverBlockMatch(lists, { type, value })?.category ?? null
const ofAddress = (value: string) => categoryOf(value.includes(':') ? 'ipv6-addr' : 'ipv4-addr', value)

describe('the shipped lists', () => {
  test('each states its source, date and licence', () => {
    expect(shipped.length).toBeGreaterThan(5)
    for (const { name, source, date, licence, version, type, list } of shipped) {
      expect([name, source, licence].every((text) => typeof text === 'string' && text !== '')).toBe(true)
      expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      expect(version).toBeGreaterThan(0)
      expect(new Set(list).size).toBe(list.length)
      if (type === 'hostname') for (const name of list) expect(name).toMatch(/^[a-z\d-]+(?:\.[a-z\d-]+)*$/)
    }
  })

  // An address of every block of https://www.iana.org/assignments/iana-ipv4-special-registry/, and what is no unicast at all.
  test.each([
    '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.20.30.40', '100.64.0.1', '100.127.255.255', '127.0.0.1', '169.254.169.254',
    '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.0.8', '192.0.0.9', '192.0.0.10', '192.0.0.170', '192.0.0.171',
    '192.31.196.1', '192.52.193.1', '192.88.99.1', '192.88.99.2', '192.168.1.1', '192.175.48.1', '198.18.0.1',
    '198.19.255.255', '240.0.0.1', '255.255.255.255', '224.0.0.1', '239.255.255.255',
    '::', '::1', '64:ff9b::808:808', '64:ff9b:1::1', '100::1', '100:0:0:1::1', '2001::1', '2001:1::1', '2001:1::2',
    '2001:1::3', '2001:2::1', '2001:3::1', '2001:4:112::1', '2001:10::1', '2001:20::1', '2001:30::1', '2001:1ff::1',
    '2002:808:808::1', '2620:4f:8000::1', '5f00::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fec0::1', 'ff02::1', '4000::1',
    '::2', '1000::1', 'fe00::1',
  ])('%s is of a special purpose', (address) => expect(ofAddress(address)).toBe('special-purpose')) // biome-ignore format: a table

  test.each(['192.0.2.1', '198.51.100.7', '203.0.113.255', '2001:db8::1', '3fff::1', '3fff:fff::1'])(
    '%s is for documentation',
    (address) => expect(ofAddress(address)).toBe('documentation'),
  )

  test.each([
    ['ipv4-addr', '8.8.8.8', 'popular'],
    ['ipv4-addr', '8.8.4.4', 'popular'],
    ['ipv6-addr', '2606:4700:4700::1111', 'popular'],
    ['ipv4-addr', '162.142.125.9', 'scanner'],
    ['url', 'https://www.google.com/a', 'popular'],
    ['url', 'http://8.8.8.8/', 'popular'],
    ['url', 'http://10.20.30.40/', 'special-purpose'],
    ['domain-name', 'google.com', 'popular'],
    ['url', 'http://archive.ubuntu.com/ubuntu/dists/noble/Release', 'popular'],
    ['url', 'https://registry.npmjs.org/express', 'popular'],
    [
      'url',
      'http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en/authrootstl.cab',
      'popular',
    ],
    ['url', 'https://fonts.googleapis.com/css/a', 'popular'],
    ['url', 'https://github.com/torvalds/linux', 'popular'],
    ['url', 'https://GitHub.io./', 'hosting'],
    ['url', 'https://storage.googleapis.com/', 'popular'],
    ['url', 'https://storage.googleapis.com/x', 'popular'],
    ['url', 'https://lh3.googleusercontent.com/a/b', 'popular'],
    ['domain-name', 'printer.local', 'special-purpose'],
    ['sha256', 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855', 'popular'],
  ] as const)('%s %s is %s', (type, value, category) => expect(categoryOf(type, value)).toBe(category))

  test.each([
    ['ipv4-addr', '9.8.7.6'],
    ['ipv4-addr', '11.0.0.1'],
    ['ipv4-addr', '172.32.0.1'],
    ['ipv4-addr', '100.128.0.1'],
    ['ipv4-addr', '223.255.255.255'],
    ['ipv6-addr', '2a00:1450::1'],
    ['ipv6-addr', '2001:200::1'],
    ['url', 'http://9.8.7.6/x.sh'],
    ['url', 'http://ec2-9-8-7-6.compute-1.amazonaws.com/mirai.sh'],
    ['url', 'https://s3.amazonaws.com/bucket/mirai.sh'],
    ['url', 'http://6.7.8.9.bc.googleusercontent.com/x'],
    ['url', 'https://storage.googleapis.com/bucket/x'],
    ['url', 'https://evil.netlify.app/'],
    ['url', 'https://attacker.github.io/x.sh'],
    ['domain-name', 'evil-google.com'],
    ['domain-name', 'google.com.evil.ru'],
    ['sha256', 'f'.repeat(64)],
  ] as const)('%s %s may be named', (type, value) => expect(categoryOf(type, value)).toBeNull())
})

test.each([
  ['http://0x08080808/', '8.8.8.8'],
  ['tftp://0177.0.0.1/x', '127.0.0.1'],
  ['http://[::ffff:8.8.8.8]/', '8.8.8.8'],
  ['HTTP://WWW.Google.COM./a', 'www.google.com'],
  ['http://user:secret@www.google.com@evil.ru/', 'evil.ru'],
  ['ftp://evil.ru:21/x', 'evil.ru'],
  ['http://%67oogle.com/', 'google.com'],
  ['http://', null],
])('the host of %s is %s', (url, host) => expect(hostOfUrl(url)).toBe(host))

test('the most specific network is named, whatever the order of the lists', () => {
  const list = (name: string, entry: string): NeverBlockList => ({
    name,
    version: 1,
    category: 'operator',
    source: null,
    date: null,
    licence: null,
    type: 'cidr',
    list: [entry],
  })
  for (const order of [
    [list('wide', '9.0.0.0/8'), list('narrow', '9.8.7.0/24')],
    [list('narrow', '9.8.7.0/24'), list('wide', '9.0.0.0/8')],
  ])
    expect(neverBlockMatch(prepareNeverBlock(order), { type: 'ipv4-addr', value: '9.8.7.6' })).toMatchObject({
      list: 'narrow',
      entry: '9.8.7.0/24',
    })
})

test('a network of all addresses, and one of a single one, hold what they say', () => {
  const all = prepareNeverBlock([
    { name: 'all', version: 1, category: 'operator', source: null, date: null, licence: null, type: 'cidr', list: ['0.0.0.0/0', '2a00::1'] }, // biome-ignore format: one list
  ])
  expect(neverBlockMatch(all, { type: 'ipv4-addr', value: '9.8.7.6' })?.entry).toBe('0.0.0.0/0')
  expect(neverBlockMatch(all, { type: 'ipv6-addr', value: '2a00::1' })?.entry).toBe('2a00::1')
  expect(neverBlockMatch(all, { type: 'ipv6-addr', value: '2a00::2' })).toBeNull()
})

test('what an operator names covers the names below it, also where these are of customers of a popular name', () => {
  const own: NeverBlockList = {
    name: 'own', version: 1, category: 'operator', source: null, date: null, licence: null, type: 'hostname', list: ['amazonaws.com'],
  } // biome-ignore format: one list
  for (const order of [
    [own, ...shipped],
    [...shipped, own],
  ])
    expect(
      neverBlockMatch(prepareNeverBlock(order), { type: 'url', value: 'http://a.amazonaws.com/x' }),
    ).toMatchObject({ list: 'own' })
})
