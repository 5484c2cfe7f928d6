import type { Fault, Injection } from './loopback-github.ts';

/** What was injected and did not happen yet. */
export interface Faults {
  add(injection: Injection): void;
  clear(): void;
  /**
   * What goes wrong with this request, by any of its names; null when nothing does. Counts it. One that has it stored waits for
   * a request that stores.
   */
  take(names: readonly string[], stores: boolean): ActiveFault | null;
}

export interface ActiveFault {
  readonly fault: Fault;
  readonly retryAfterSeconds: number;
}

export function createFaults(): Faults {
  let waiting: { injection: Injection; skip: number; left: number }[] = [];
  return {
    add: (injection) => waiting.push({ injection, skip: injection.after ?? 0, left: injection.times ?? 1 }),
    clear() {
      waiting = [];
    },
    take(names, stores) {
      const hit = waiting.find(
        ({ injection: { operation, fault } }) =>
          (operation === '*' || names.includes(operation)) && (stores || !isStored(fault)),
      );
      if (hit === undefined) return null;
      if (hit.skip > 0) {
        hit.skip -= 1;
        return null;
      }
      hit.left -= 1;
      if (hit.left <= 0) waiting = waiting.filter((one) => one !== hit);
      return { fault: hit.injection.fault, retryAfterSeconds: hit.injection.retryAfterSeconds ?? 60 };
    },
  };
}

/** Is the request done before it goes wrong? */
export const isStored = (fault: Fault): boolean => typeof fault === 'string' && fault.startsWith('stored-');

/** What is answered in place of the answer; null for those that answer nothing. */
export function faultAnswer({ fault, retryAfterSeconds }: ActiveFault): {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
} | null {
  if (typeof fault === 'object') return { body: { message: 'injected' }, headers: {}, ...fault };
  const seconds = Math.ceil(Date.now() / 1000) + retryAfterSeconds;
  switch (fault) {
    case '502':
    case 'stored-then-502':
      return { status: 502, body: { message: 'Server Error' }, headers: {} };
    case 'secondary-limit':
      return {
        status: 403,
        body: {
          message:
            'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
          documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api',
        },
        headers: { 'retry-after': String(retryAfterSeconds) },
      };
    case 'primary-limit':
      return {
        status: 403,
        body: { message: 'API rate limit exceeded for installation ID 1.' },
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds) },
      };
    default:
      return null;
  }
}
