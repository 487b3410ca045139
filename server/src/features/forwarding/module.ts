import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { AuditStore } from '../audit/index.js'
import { type Forwarder, startForwarder } from './forwarder.js'
import { createHecClient } from './hec-client.js'
import type { Spool } from './spool.js'
import { createForwardStore } from './store.js'

export interface ForwardingModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now' | 'isLeader'> {
  /** Takes the lines of the log for Splunk; null without SPLUNK_HEC_URL. */
  logSpool: Spool | null
  audit: Pick<AuditStore, 'after' | 'forwarded' | 'setForwarded'>
}

/** The log, the events and the audit log on their way to Splunk, where one is configured. */
export function createForwardingModule(options: ForwardingModuleOptions): Module {
  const { config, database, events, log, now, isLeader, logSpool, audit } = options
  const { SPLUNK_HEC_URL: url, SPLUNK_HEC_TOKEN: token } = config
  if (logSpool === null || url === undefined || token === undefined) return {}
  let forwarder: Forwarder | null = null
  return {
    start() {
      forwarder = startForwarder({
        send: createHecClient(url, token),
        spool: logSpool,
        events: createForwardStore(database.maintenance),
        audit,
        isLeader,
        publish: events.publish,
        log: log.logging('backend.services.forwarder'),
        now,
      })
    },
    async stop() {
      await forwarder?.stop()
    },
  }
}
