import type { Connector, ConnectorRefusal, Publish, Transport } from '../../domain/platform-event.js'

/** Publishes what a connector receives and refuses on one of its transports. */
export interface ConnectorEvents {
  /** Messages arrived. */
  received(messages: number): void
  /** @param address of the sender. @param messages that are lost with it; 0, the default, for a connection. */
  refused(reason: ConnectorRefusal, address: string, messages?: number): void
}

/** The events of one connector and transport, for the metrics and the log. */
export function createConnectorEvents(
  publish: Publish,
  connector: Connector,
  transport: Transport,
): ConnectorEvents {
  return {
    received: (messages) => publish({ kind: 'connector_received', connector, transport, messages }),
    refused: (reason, client_ip, messages = 0) =>
      publish({ kind: 'connector_refused', connector, transport, reason, client_ip, messages }),
  }
}
