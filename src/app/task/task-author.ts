import type { AppDoor } from '../app-door.ts';

/** Who the commits of a task are by: the App, as GitHub knows it. */
export async function taskAuthor({
  github,
  serverUrl,
}: Pick<AppDoor, 'github' | 'serverUrl'>): Promise<{ readonly name: string; readonly email: string }> {
  const { slug, userId } = await github.identity();
  const name = `${slug}[bot]`;
  return { name, email: `${userId}+${name}@users.noreply.${new URL(serverUrl).hostname}` };
}
