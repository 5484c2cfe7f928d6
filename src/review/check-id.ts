/** The names of all checks: in the configuration, in ignores, in reports. Public: a name is never reused. */
export const CHECK_IDS = [
  'secret',
  'conflict-marker',
  'focused-test',
  'debugger',
  'invisible-text',
  'large-file',
  'binary-file',
  'forbidden-file',
  'portable-path',
  'symlink',
  'file-mode',
  'submodule',
  'syntax',
  'lockfile',
  'supply-chain',
  'workflow',
  'policy',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];
