export type { DecoyFileSystem, FileStatus } from './decoy-files.js'
export { DecoyFileError } from './file-nodes.js'
export type { DecoyShell, ShellOptions, ShellResult } from './shell.js'
export { createShell } from './shell.js'
