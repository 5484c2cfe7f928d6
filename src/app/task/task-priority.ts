/** By the labels of what a task is asked for in. */
const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['agent:high', 1],
  ['agent:low', -1],
]);

/** How soon a task is to be done that is asked for where these labels are: 0 without one of ours. With both it is urgent. */
export function taskPriority(labels: readonly string[]): number {
  const wanted = labels.flatMap((label) => PRIORITIES.get(label.toLowerCase()) ?? []);
  return wanted.length === 0 ? 0 : Math.max(...wanted);
}
