import type { Text, WorkflowFile } from './workflow-file.ts';

/** Actions by somebody else under a name that can be moved to other code. `docker` ones have no digest. */
export function unpinnedActions({ jobs }: WorkflowFile): Map<string, Text> {
  const uses = jobs.flatMap((job) => [job.uses, ...job.steps.map((step) => step.uses)]);
  const found = new Map<string, Text>();
  for (const text of uses) {
    const name = text === null ? null : unpinnedName(text.value);
    if (text !== null && name !== null && !found.has(name)) found.set(name, text);
  }
  return found;
}

/** `actions` and `github` are GitHub itself. A commit's id is 40 hexadecimal digits, or 64 with SHA-256. */
function unpinnedName(uses: string): string | null {
  if (uses.startsWith('docker://'))
    return /@sha256:[0-9a-f]{64}$/.test(uses) ? null : uses.replace(/:[^:/]*$/, '');
  const [, name, ref] = /^([\w.-]+\/[^@\s]+)@(\S+)$/.exec(uses) ?? [];
  if (name === undefined || ref === undefined || /^(?:actions|github)\//i.test(name)) return null;
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref) ? null : name;
}
