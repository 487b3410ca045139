import type { FastifyInstance } from 'fastify'
import { networks } from '../../domain/networks.js'
import { NOTHING_HERE } from './answers.js'
import { answerWithoutTrace } from './visitor-answer.js'

/** What is served by the name of the canaries. */
const CANARIES = /^\/c(?:[/?]|$)/

/**
 * Where sensors, probes and scrapers of the operator's own networks are, and find this server without its name (RFC 1918, RFC 4193, RFC 6598,
 * link-local, loopback).
 */
const OWN_NETWORKS = networks(
  '127.0.0.0/8',
  '::1/128',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
)

export interface CanaryHostOptions {
  /** Where visitors reach canaries. */
  canaryUrl: string
  /** Where people reach this server. */
  publicUrl: string
  /** Further names by which the operator's programs reach it. */
  allowedHosts: readonly string[]
}

/**
 * Where canaries have a host name of their own, serves nothing but canaries to whoever does not name this server, or names it as only the
 * operator's networks do without being there: who finds a canary and
 * looks around on its host learns nothing. Must come before every hook that answers. The name is that of `Host` alone, because visitors can
 * write what they like into X-Forwarded-Host.
 */
export function hideBehindCanaries(app: FastifyInstance, options: CanaryHostOptions): void {
  const { canaryUrl, publicUrl, allowedHosts } = options
  const publicName = nameOf(new URL(publicUrl).host)
  if (nameOf(new URL(canaryUrl).host) === publicName) return
  const names = new Set([publicName, ...allowedHosts.map(nameOf)])
  // Of a name that only the operator's networks know, whoever comes from elsewhere knows nothing, but may write it.
  const isServed = (name: string, client: string) =>
    names.has(name) || ((isLocalName(name) || isOwn(name)) && isOwn(client))
  app.addHook('onRequest', ({ headers: { host = '' }, ip, url }, reply, done) => {
    if (CANARIES.test(url) || isServed(nameOf(host), ip)) return done()
    answerWithoutTrace(reply, NOTHING_HERE)
  })
}

function isOwn(address: string): boolean {
  return OWN_NETWORKS.some((network) => network.contains(address))
}

/** Names without a dot are of the operator's network, as in containers: no public name is. */
function isLocalName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]*$/.test(name) && /[a-z]/.test(name)
}

/** The name of a host as it may be written: with a port, in capitals, with a final dot, an IPv6 address in brackets. */
function nameOf(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
}
