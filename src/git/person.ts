import { askGit } from './ask-git.ts';
import type { Repository } from './repository.ts';

/** Who works here, as the next commit would name them: `Ada <ada@example.com>` (git-var(1)). Null when git does not know. */
export async function person({ call }: Repository): Promise<string | null> {
  const ident = await askGit(['var', 'GIT_AUTHOR_IDENT'], { cwd: call.cwd, env: call.env }, [1, 128]);
  return ident?.replace(/ \d+ [+-]\d{4}\n$/, '') ?? null;
}
