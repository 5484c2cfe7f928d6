import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { dismissedList, dismissFinding, reopenFinding } from '../local/dismiss-finding.ts';
import { type Door, openGit } from '../local/prepare-review.ts';
import { sanitizeLine } from '../report/sanitize.ts';
import { flagText } from './flags.ts';

/** `code-agent findings list | dismiss <id> --because … | reopen <id>`. */
export async function findings(
  verb: string,
  id: string | undefined,
  flags: Record<string, unknown>,
  door: Door,
): Promise<number> {
  const git = await openGit(door);
  try {
    const { commonDir } = git.repository;
    if (verb === 'list') {
      const list = dismissedList(commonDir);
      if (flags['json'] === true) process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
      else
        for (const { fingerprint, title, reason } of list)
          write(`${fingerprint.slice(0, 8)}  ${title}: ${reason}`);
    } else if (verb === 'dismiss') {
      const reason = flagText(flags, 'because')?.trim();
      if (!reason) throw usage('a dismissal needs a reason: --because "…"');
      const { title } = await dismissFinding(commonDir, named(id, verb), reason);
      write(`Dismissed on this machine: ${title}`);
    } else if (verb === 'reopen') {
      const { title } = await reopenFinding(commonDir, named(id, verb));
      write(`Open again: ${title}`);
    } else throw usage(`findings has no verb ${JSON.stringify(verb)}: list, dismiss or reopen`);
    return EXIT.pass;
  } finally {
    git.close();
  }
}

function named(id: string | undefined, verb: string): string {
  if (id === undefined) throw usage(`which finding? code-agent findings ${verb} <id>`);
  return id;
}

const usage = (message: string) => new CodeAgentError(message, { exitCode: EXIT.usage });

function write(line: string): void {
  process.stdout.write(`${sanitizeLine(line)}\n`);
}
