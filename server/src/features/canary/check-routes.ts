import { CanaryDns, CanaryDnsCheck, CanaryUrlCheck } from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'
import type { BaseUrlCheck } from './base-url-check.js'
import type { Delegation } from './dns/delegation.js'

export interface CanaryCheckRouteOptions {
  checkUrl: BaseUrlCheck
  dns: Delegation
}

const tags = ['canary']
const config = { access: { role: 'analyst' } } as const

/** Whether intruders reach tokens, by their URL and by their names in the DNS. */
export async function canaryCheckRoutes(app: App, { checkUrl, dns }: CanaryCheckRouteOptions): Promise<void> {
  app.post(
    '/canary/url-check',
    {
      config: { ...config, audit: { action: 'canary_url.check' } },
      schema: {
        summary: 'Request the URL of canary tokens, and see who answers',
        description:
          'This server requests a path below CANARY_URL that only its own processes can answer. It is no visit and raises no alert. Private addresses need OUTBOUND_ALLOWED_NETWORKS.',
        tags,
        response: { 200: CanaryUrlCheck },
      },
    },
    checkUrl,
  )

  app.get(
    '/canary/dns',
    {
      config,
      schema: {
        summary: 'The zone of canary tokens in the DNS, and the records that delegate it',
        tags,
        response: { 200: CanaryDns },
      },
    },
    async () => dns.about,
  )

  app.post(
    '/canary/dns-check',
    {
      config: { ...config, audit: { action: 'canary_dns.check' } },
      schema: {
        summary: 'Look names of the zone up, and see what is missing of its delegation',
        description:
          'A resolver (CANARY_DNS_RESOLVERS) is asked for the records of the zone and for names that only this server can answer, over UDP and TCP. It is no visit and raises no alert. Without a zone it is 409.',
        tags,
        response: { 200: CanaryDnsCheck },
      },
    },
    dns.check,
  )
}
