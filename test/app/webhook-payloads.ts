import { createRequire } from 'node:module';

/** What of a payload the tests read. Of an event without a repository there is none. */
export interface Payload extends Record<string, unknown> {
  readonly repository: { readonly id: number };
  readonly installation: { readonly id: number };
  readonly pull_request: { readonly number: number };
}

export const INSTALLATION = 31;

/** GitHub's own example (@octokit/webhooks-examples) of this event and action, in the installation of the tests. */
export function payloadOf(event: string, action: string, more: Record<string, unknown> = {}): Payload {
  const found = EVENTS.find(({ name }) => name === event)?.examples.find((one) => one['action'] === action);
  if (found === undefined) throw new RangeError(`no example of ${event}.${action}`);
  const copy = structuredClone(found);
  return { ...copy, installation: { ...copy.installation, id: INSTALLATION }, ...more };
}

const EVENTS: readonly { readonly name: string; readonly examples: readonly Payload[] }[] = createRequire(
  import.meta.url,
)('@octokit/webhooks-examples');
