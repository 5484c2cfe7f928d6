import type { ObjectReader } from '../git/object-reader.ts';
import type { Comparison } from '../git/read-change.ts';

/** What the author of the last commit of a change says of it. Null for what is only staged. */
export async function commitMessage(
  reader: ObjectReader,
  { head }: Pick<Comparison, 'head'>,
): Promise<string | null> {
  if (head === null || head.commit === null) return null;
  const object = (await reader.read(head.commit)).toString();
  return object.slice(object.indexOf('\n\n') + 2);
}
