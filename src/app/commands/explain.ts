import { codeSpan } from '../../report/pull-request/code-text.ts';
import { plainLine, plainMarkdown } from '../../report/pull-request/sanitize-markdown.ts';
import { askAboutChange } from '../ask-about-change.ts';
import type { CommandAnswer } from './command-call.ts';
import { namedFinding } from './named-finding.ts';

/** `/agent explain`: why a finding is one, by a model that reads the code again; without one, what was said of it. */
export const explain: CommandAnswer = async (call) => {
  const named = await namedFinding(call);
  if (typeof named === 'string') return named;
  const { fingerprint, title, path } = named.finding;
  const [stored] = await call.door.sql<{ body: string | null; path: string | null; line: number | null }[]>`
    select body, path, start_line as line from code_agent.findings
    where repository_id = ${call.subject.key.repository} and fingerprint = ${fingerprint}`;
  const body = stored?.body ?? '';
  const place = `${stored?.path ?? path}${stored?.line ? `:${stored.line}` : ''}`;
  const about = [place, title, body].join('\n');
  const question = `Explain this finding: which input or order of events shows it, and what to do about it. ${named.rest}`;
  const answered = await askAboutChange(call, { question, about });
  if (answered !== null) return answered;
  const said = body === '' ? 'No more is known of it than that.' : plainMarkdown(body, { hosts: [] });
  return `**${plainLine(title) || 'A finding'}**, at ${codeSpan(place)}.\n\n${said}`;
};
