import type { JobPayload } from '../../tasks/job.ts';
import type { JobContext } from '../../tasks/queue.ts';
import type { AppDoor } from '../app-door.ts';
import { mayCommand } from '../may-command.ts';
import { operatorConfig } from '../operator-config.ts';
import { findIssue } from './find-issue.ts';
import { isWorkVerb, takeRequest } from './take-request.ts';

/** Job `labelled`: a label such as `agent:fix`, or the App as assignee, asks for what a comment would ask for. */
export async function takeLabel(
  door: AppDoor,
  { by, verb, ...address }: JobPayload<'labelled'>,
  { signal, queue }: JobContext,
): Promise<void> {
  if (!isWorkVerb(verb)) return;
  const subject = await findIssue(door, address, signal);
  if (subject === null || subject.issue.isPullRequest || subject.issue.state === 'closed') return;
  const { trustedBots } = await operatorConfig(door);
  if (!(await mayCommand(subject, by, trustedBots))) return;
  await takeRequest(door, subject, queue, { verb, by, text: '', comment: null, branch: null });
}
