import { plainMarkdown } from '../../report/pull-request/sanitize-markdown.ts';
import { askAboutChange } from '../ask-about-change.ts';
import type { CommandAnswer } from './command-call.ts';
import { namedFinding } from './named-finding.ts';

/** `/agent explain`: why a finding is one, by a model that reads the code again; without one, what was said of it. */
export const explain: CommandAnswer = async (call) => {
  const named = await namedFinding(call);
  if (typeof named === 'string') return named;
  const { fingerprint, title } = named.finding;
  const [stored] = await call.door.sql<{ body: string | null; path: string | null; line: number | null }[]>`
    select body, path, start_line as line from code_agent.findings
    where repository_id = ${call.subject.key.repository} and fingerprint = ${fingerprint}`;
  const body = stored?.body ?? '';
  const about = [`${stored?.path ?? named.finding.path}:${stored?.line ?? ''}`, title, body].join('\n');
  const question = `Explain this finding: which input or order of events shows it, and what to do about it. ${named.rest}`;
  return (
    (await askAboutChange(call, { question, about })) ??
    (plainMarkdown(body, { hosts: [] }) || 'There is nothing to add to what its title says.')
  );
};
