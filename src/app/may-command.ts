import type { Account } from '../github/account.ts';
import { GitHubError } from '../github/github-error.ts';
import type { Subject } from './find-pull-request.ts';

/**
 * Whether somebody may tell us what to do in a repository: who may write to it, asked of GitHub each time. Bots may not, but
 * those that the operator lists by their ids; an answer that is none is a no.
 */
export async function mayCommand(
  { reader, userId }: Pick<Subject, 'reader' | 'userId'>,
  account: Pick<Account, 'login' | 'id' | 'type'>,
  trustedBots: readonly number[],
): Promise<boolean> {
  if (account.id === userId) return false;
  if (account.type !== 'User') return account.type === 'Bot' && trustedBots.includes(account.id);
  try {
    return (await reader.permissionOf(account)) === 'write';
  } catch (error) {
    // A limit is waited out, and a GitHub that is away comes back: then it is asked again.
    if (error instanceof GitHubError && !error.retryable) return false;
    throw error;
  }
}
