/** Where evidence comes from, as its sender states it. */
export interface EvidenceOrigin {
  sensor_id: string
  /** The sensor's own key of the session; empty where it is not known. */
  session: string
  source_ip: string | undefined
}

/** Whose it is. */
export type EvidenceSource = 'attacker' | 'platform'

/**
 * Says whose evidence is, so that what an attack of the platform leaves is kept out of what attackers left.
 * @throws {UndecidedEvidenceError} while an attack of the platform is expected there, and its session is not known yet.
 */
export type SourceOfEvidence = (origin: EvidenceOrigin) => Promise<EvidenceSource>
