import type { Config } from '../../config/config.ts';
import type { StoredTask } from '../../sessions/postgres/tasks.ts';
import { mayCommand } from '../may-command.ts';
import type { IssueSubject } from './find-issue.ts';

/** Whether who has asked for a task may still ask for it: asked of GitHub each time. */
export function mayGoOn(
  subject: IssueSubject,
  { asked: { by, login } }: Pick<StoredTask, 'asked'>,
  { trustedBots }: Pick<Config['app'], 'trustedBots'>,
): Promise<boolean> {
  return mayCommand(subject, { id: by, login, type: trustedBots.includes(by) ? 'Bot' : 'User' }, trustedBots);
}
