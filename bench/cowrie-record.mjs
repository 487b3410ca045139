import { z } from 'zod'

/** What the yardsticks validate. */
export const CowrieRecord = z.looseObject({
  eventid: z.string(),
  src_ip: z.ipv4(),
  session: z.string(),
  sensor: z.string(),
  timestamp: z.iso.datetime(),
  protocol: z.string(),
  message: z.string(),
})
