/** Each type of event, and the version that it is written in: the newest. Those before it are read for ever. */
export const EVENT_VERSIONS = {
  'session-started': 2,
  'run-started': 1,
  'model-requested': 1,
  'model-responded': 1,
  'model-failed': 1,
  'tool-called': 1,
  'tool-decided': 1,
  'tool-returned': 1,
  'worktree-kept': 1,
  'step-done': 1,
  'finding-made': 1,
  'write-begun': 1,
  'write-done': 1,
  'artifact-made': 1,
  'run-ended': 1,
  'session-ended': 2,
} as const;

export type EventType = keyof typeof EVENT_VERSIONS;
