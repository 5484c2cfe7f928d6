import { TASKS_PER_PROCESS } from './command-launcher.ts';
import { watchDisk } from './disk-watch.ts';
import { type NamespaceWatch, watchNamespace } from './namespace-watch.ts';
import type { SandboxLimits } from './sandbox.ts';

/** What a command takes of the machine, seen from outside. */
export interface UseWatch {
  /** Its first process is this one, as this machine counts: from here on its processes are looked at. */
  hasBegun(first: number): void;
  /** What it has too much of. */
  look(): 'memory' | 'processes' | 'disk' | null;
}

/** `beside`: how many of its processes are ours, but for the first. */
export async function watchUse(folder: string, limits: SandboxLimits, beside: number): Promise<UseWatch> {
  let namespace: NamespaceWatch | null = null;
  let isMeasuring = false;
  let isFull = false;
  const measure = await watchDisk(folder, limits.diskBytes, () => namespace?.folders() ?? []);
  return {
    hasBegun(first) {
      namespace = watchNamespace(first);
    },
    look() {
      if (!isMeasuring) {
        isMeasuring = true;
        // Not waited for: a look at many files takes longer than a bomb.
        measure()
          .then((full) => {
            isFull ||= full;
          })
          .catch(() => undefined)
          .finally(() => {
            isMeasuring = false;
          });
      }
      const processes = limits.processes + beside;
      const use = namespace?.look({ ...limits, processes }) ?? null;
      if (use !== null && use.processes > processes) return 'processes';
      if (use !== null && use.threads > processes * TASKS_PER_PROCESS) return 'processes';
      if (use !== null && use.memoryBytes > limits.memoryBytes) return 'memory';
      return isFull ? 'disk' : null;
    },
  };
}
