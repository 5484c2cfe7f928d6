import type { SessionEvent } from '../agent/session-event.ts';
import { eventJsonLine, eventLines } from '../report/event-lines.ts';

/** What prints the events of one session, in their order, each when it is given: a line for a person, or one of JSON. */
export function printEvents({ json }: { readonly json: boolean }): (event: SessionEvent) => void {
  const render = json ? eventJsonLine : eventLines();
  return (event) => {
    const line = render(event);
    if (line !== null) process.stdout.write(`${line}\n`);
  };
}
