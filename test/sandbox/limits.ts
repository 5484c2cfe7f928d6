import type { SandboxLimits } from '../../src/sandbox/sandbox.ts';

export const MiB = 1024 * 1024;

/** More than a healthy command of a test needs. */
export const LIMITS: SandboxLimits = {
  wallMs: 20_000,
  memoryBytes: 512 * MiB,
  processes: 64,
  fileBytes: 64 * MiB,
  openFiles: 256,
  outputBytes: 256 * 1024,
  cpuSeconds: 20,
  diskBytes: 128 * MiB,
};
