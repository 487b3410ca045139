/** What was sent is no recording. */
export class MalformedRecordingError extends Error {
  override name = 'MalformedRecordingError'

  /** @param where such as `line 3` or `byte 48`, from 1 for lines and from 0 for bytes. @param why what is wrong there. */
  constructor(
    readonly where: string,
    readonly why: string,
  ) {
    super(`${where}: ${why}`)
  }
}
