/** The password of every archive in which a file leaves the platform: it keeps a file from being opened by mistake, and nothing else. */
export const EVIDENCE_PASSWORD = 'infected'
