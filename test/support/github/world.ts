import type { LoopbackOptions, RecordedRequest, Refusal, Violation, Write } from './loopback-github.ts';
import type { About } from './payloads.ts';
import type { State } from './state.ts';
import type { InstallationToken } from './tokens.ts';
import type { Webhooks } from './webhooks.ts';

/** All that the parts of the loopback GitHub share. */
export interface World {
  readonly state: State;
  readonly options: LoopbackOptions;
  readonly tokens: Map<string, InstallationToken>;
  readonly webhooks: Webhooks;
  readonly requests: RecordedRequest[];
  readonly violations: Violation[];
  readonly refusals: Refusal[];
  /** Sends a webhook, with things as they are now, if the App gets it. Does not wait: see `webhooks.settled`. */
  emit(event: string, action: string | null, about: About): void;
  /** To be awaited around each write. */
  beforeWrite(write: Omit<Write, 'count'>): Promise<void>;
  afterWrite(write: Omit<Write, 'count'>): Promise<void>;
}
