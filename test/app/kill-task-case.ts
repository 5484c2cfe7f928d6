/** What an event of a task's journal is called, by its record: the same for the same step of every task. */
export function eventName(record: string): string {
  const { type, data }: { type: string; data: Record<string, unknown> } = JSON.parse(
    record.slice(record.indexOf('{')),
  );
  const { run, turn, key, callId, call } = data;
  const of = [run, turn ?? withoutIds(key), callId ?? callIdOf(call)];
  return [type, ...of.filter((part) => part !== undefined)].join(' ');
}

const callIdOf = (call: unknown): unknown =>
  typeof call === 'object' && call !== null && 'id' in call ? call.id : undefined;

const withoutIds = (key: unknown): unknown =>
  typeof key === 'string' ? key.replace(/ [0-9a-f]{40}\b/g, '') : key;
