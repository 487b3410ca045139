import { inTurns } from '../../domain/turns.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { createStreamListener, type StreamListener } from '../../platform/sockets/stream-listener.js'
import {
  type ConnectorEvents,
  type ConnectorIntake,
  createConnectorEvents,
  type ReadLimits,
} from '../ingest/index.js'
import { createDatagramReceiver, type DatagramReceiver } from './datagrams.js'
import type { Frame } from './framing.js'
import { localTimeOf } from './local-time.js'
import { HEADER_ROOM_BYTES, readingMessages } from './records.js'
import { readSyslogFiles, type SyslogFiles } from './settings.js'
import { readStream } from './stream.js'

/** What the module takes from the platform and from ingest. */
export interface SyslogModuleOptions
  extends Pick<ModuleContext, 'config' | 'events' | 'log' | 'now' | 'place'> {
  connectors: ConnectorIntake
  limits: ReadLimits
}

/** Messages that are stored together at most: a sender of many waits for each group before more is read. */
const BATCH = 500
/** Who has begun a message sends more of it within this time. */
const INCOMPLETE_MS = 60_000
/** Of datagrams that wait; the largest has 64 KiB. */
const MAX_QUEUED = { messages: 8_192, bytes: 32 * 1024 * 1024 }

/** Stores messages of one connection or port. @returns false: nothing more can be stored. */
type StoreFrames = (frames: Frame[], signal: AbortSignal) => Promise<boolean>

/** Receives syslog over TCP, TLS and UDP where ports are configured: RFC 5424 and RFC 3164. @throws {ConfigError} */
export function createSyslogModule(options: SyslogModuleOptions): Module {
  const { config, log } = options
  const files = readSyslogFiles(config)
  if (files === null) return {}
  const syslogLog = log.logging('backend.services.connectors')
  const streams = createListeners(options, files)
  const datagrams = createReceivers(options, files)
  return {
    gauges({ gauge }) {
      gauge(
        {
          name: 'eviltwin.syslog.connections',
          across: 'sum',
          description: 'Open connections of syslog senders',
        },
        () => streams.reduce((sum, { connections }) => sum + connections(), 0),
      )
      gauge(
        {
          name: 'eviltwin.syslog.queued_datagrams',
          across: 'sum',
          description: 'Syslog datagrams that wait to be stored; beyond their limit further ones are dropped',
        },
        () => datagrams.reduce((sum, { queued }) => sum + queued(), 0),
      )
    },
    async start() {
      for (const port of [...streams, ...datagrams]) await port.start()
      const { SYSLOG_HOST: host, SYSLOG_TCP_PORT: tcp, SYSLOG_TLS_PORT: tls, SYSLOG_UDP_PORT: udp } = config
      syslogLog.info('Syslog is received', { host, tcp, tls, udp })
    },
    async stop() {
      await Promise.all([...streams, ...datagrams].map((port) => port.stop()))
    },
  }
}

function createListeners(options: SyslogModuleOptions, files: SyslogFiles): StreamListener[] {
  const { config, limits, place } = options
  const { SYSLOG_TCP_PORT, SYSLOG_TLS_PORT, SYSLOG_IDLE_SECONDS } = config
  const ports = [
    { transport: 'tcp', port: SYSLOG_TCP_PORT, tls: null },
    { transport: 'tls', port: SYSLOG_TLS_PORT, tls: files.tls },
  ] as const
  return ports.flatMap(({ transport, port, tls }) => {
    if (port === undefined) return []
    const events = createConnectorEvents(options.events.publish, 'syslog', transport)
    return createStreamListener({
      host: config.SYSLOG_HOST,
      port,
      ...(tls && { tls }),
      allowed: config.SYSLOG_ALLOW,
      // Together the processes of a server have what is configured.
      maxConnections: Math.ceil(config.SYSLOG_MAX_CONNECTIONS / place.workers),
      maxConnectionsPerAddress: config.SYSLOG_MAX_CONNECTIONS_PER_ADDRESS,
      onRefused: events.refused,
      serve(socket, address, stopping) {
        const store = storing(options, events, files.key, address)
        return readStream(socket, stopping, {
          maxMessageBytes: limits.maxRecordBytes + HEADER_ROOM_BYTES,
          idleMs: SYSLOG_IDLE_SECONDS * 1000,
          incompleteMs: Math.min(INCOMPLETE_MS, SYSLOG_IDLE_SECONDS * 1000),
          store: (frames) => store(frames, stopping),
          onIdle: () => events.refused('idle', address),
        })
      },
    })
  })
}

function createReceivers(options: SyslogModuleOptions, { key }: SyslogFiles): DatagramReceiver[] {
  const { config } = options
  if (config.SYSLOG_UDP_PORT === undefined) return []
  const events = createConnectorEvents(options.events.publish, 'syslog', 'udp')
  return [
    createDatagramReceiver({
      host: config.SYSLOG_HOST,
      port: config.SYSLOG_UDP_PORT,
      allowed: config.SYSLOG_ALLOW,
      maxQueued: MAX_QUEUED,
      store: storing(options, events, key, ''),
      onDropped: events.refused,
    }),
  ]
}

/** Reads the records of messages and stores them. @param address of the sender; empty where a group is of several. */
function storing(
  { connectors, limits, now, config }: SyslogModuleOptions,
  events: ConnectorEvents,
  key: string,
  address: string,
): StoreFrames {
  const fromLocal = localTimeOf(config.SYSLOG_TIMEZONE)
  return async (frames, signal) => {
    events.received(frames.length)
    for (let from = 0; from < frames.length; from += BATCH) {
      const part = frames.slice(from, from + BATCH)
      const records = await inTurns(readingMessages(part, { now: now(), fromLocal }, limits))
      const outcome = await connectors.store({ connector: 'syslog', key, signal }, records)
      if (outcome === 'stored') continue
      events.refused(outcome, address, outcome === 'stopped' ? frames.length - from : part.length)
      if (outcome === 'stopped') return false
    }
    return true
  }
}
