import { readFile } from 'node:fs/promises';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Repository } from '../git/repository.ts';
import type { ExternalFinding } from '../review/external-findings.ts';

/** The findings in SARIF files that other tools wrote, with secrets that a tool quotes taken out. Rejects (exit code 2) a file that cannot be read or is none. */
export async function readExternalFindings(
  files: readonly string[],
  repository: Repository,
): Promise<ExternalFinding[]> {
  if (files.length === 0) return [];
  const { parseSarif } = await import('../report/sarif-input.ts');
  const found: ExternalFinding[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new CodeAgentError(`${file} cannot be read`, { exitCode: EXIT.usage, cause });
    });
    const root = repository.topLevel ?? repository.gitDir;
    found.push(...parseSarif(text, { file, root, toolName: 'sarif' }).findings);
  }
  return withoutSecrets(found);
}

/** All texts are looked through at once: what takes out secrets leaves as many lines as there were. */
async function withoutSecrets(found: readonly ExternalFinding[]): Promise<ExternalFinding[]> {
  const [{ redactSecrets }, { findOverlappingSecrets }] = await Promise.all([
    import('../review/redact.ts'),
    import('../review/checks/secret/find-secrets.ts'),
  ]);
  const whole = found.map(({ title, body }) => `${title}\n${body}`).join('\n');
  const lines = (await redactSecrets(whole, findOverlappingSecrets, [])).split('\n');
  return found.map((finding) => {
    const [title = '', ...body] = lines.splice(0, 1 + finding.body.split('\n').length);
    return { ...finding, title, body: body.join('\n') };
  });
}
