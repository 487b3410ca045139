import type { FastifyRequest } from 'fastify'
import { clientBlockOf } from '../../domain/ip-address.js'
import { QueueFullError, TooManyRequestsError } from '../../platform/errors.js'

/** Whose share a request of a sensor counts to: its key's, or its address's. */
export function senderOf({ apiKey, ip }: FastifyRequest): string {
  return apiKey?.id ?? clientBlockOf(ip)
}

/** States in the facts of a request whose fault its refusal is. @returns the error, to be thrown. */
export function notedRefusal(request: FastifyRequest, error: unknown): Error {
  if (error instanceof TooManyRequestsError) request.facts.refusal = 'own_quota'
  if (error instanceof QueueFullError) request.facts.refusal = 'overload'
  return error as Error
}
