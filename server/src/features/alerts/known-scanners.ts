import { networks } from '../../domain/networks.js'

/**
 * Networks from which research organisations scan the whole Internet, as they publish them for opting out:
 * Censys (docs.censys.com, "Opt Out of Data Collection") and Rapid7 Project Sonar (opendata.rapid7.com/about). They look
 * and do not attack; what they do beyond looking is critical by score, and that is never muted on their account.
 */
const RESEARCH_SCANNERS = networks(
  '162.142.125.0/24',
  '167.94.138.0/24',
  '167.94.145.0/24',
  '167.94.146.0/24',
  '167.248.133.0/24',
  '199.45.154.0/24',
  '199.45.155.0/24',
  '206.168.34.0/24',
  '2602:80d:1000:b0cc:e::/80',
  '2620:96:e000:b0cc:e::/80',
  '71.6.233.0/24',
  '5.63.151.96/27',
  '88.202.190.128/27',
  '109.123.117.224/27',
  '146.185.25.160/27',
)

export function isKnownScanner(source_ip: string): boolean {
  return RESEARCH_SCANNERS.some((network) => network.contains(source_ip))
}
