import fc from 'fast-check';
import type { NewEvent, SessionEvent } from '../../src/agent/session-event.ts';
import { STARTED, sessionOf } from '../support/sample-session.ts';
import { hostileText } from './arbitrary-review.ts';

/** Text that would end what it stands in and begin something else, in HTML or in Markdown. */
export const markupText = fc
  .array(
    fc.oneof(
      hostileText,
      fc.constantFrom('<', '>', '&', '"', "'", '`', '```', '~~~', '\n# ', '\n\n', '\0', '\f', '</', '--'),
      fc.constantFrom('</style><script>', '</pre>', '</code>', '</title>', '</details>', '<!--', '-->'),
      fc.constantFrom(
        '<img src=x onerror=y>',
        '" onclick="x',
        '&lt;',
        '&#60;',
        '&',
        ']]>',
        '[x](y)',
        '<U+202E>',
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

const text = markupText;
const count = fc.nat(100_000);
const usage = fc.record({
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  estimated: fc.boolean(),
});
const usd = fc.option(fc.double({ min: 0, max: 100, noNaN: true }));
/** Few: events of several runs alternate, and those of one turn belong together. */
const run = fc.oneof(fc.constantFrom('a', 'b'), text);
const callId = fc.oneof(fc.constantFrom('1', '2'), text);
const value = fc.oneof(text, fc.dictionary(text, text), fc.array(text), fc.constant(null));
const place = fc.option(fc.record({ startLine: count, endLine: count }));

const call = fc
  .record({ id: callId, name: text, input: value, invalid: fc.option(text) })
  .map(({ invalid, ...rest }) => ({
    type: 'tool-call' as const,
    ...rest,
    ...(invalid === null ? {} : { invalid }),
  }));
const block = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text }),
  fc.record({
    type: fc.constant('opaque' as const),
    provider: fc.constantFrom('anthropic' as const, 'openai-compatible' as const, 'scripted' as const),
    value,
  }),
  call,
);
const message = fc.oneof(
  fc.record({ role: fc.constant('user'), text }),
  fc.record({ role: fc.constantFrom('assistant', 'tool-results'), blocks: value }),
  value,
);
const turn = { run, turn: count, model: text, digest: text };
const finding = fc.record({
  fingerprint: text,
  path: text,
  place,
  severity: fc.constantFrom('error' as const, 'warning' as const, 'info' as const),
  category: text,
  title: text,
  body: text,
  source: text,
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  suppressed: fc.option(fc.record({ by: text, reason: text })),
});

const event = <T extends NewEvent['type']>(
  type: T,
  data: fc.Arbitrary<Extract<NewEvent, { type: T }>['data']>,
): fc.Arbitrary<NewEvent> =>
  // A type and the data of that type.
  data.map((data) => ({ type, data }) as NewEvent);

const started = event(
  'session-started',
  fc.record({
    kind: fc.constantFrom('review', 'task'),
    door: fc.constantFrom('hook', 'cli', 'app'),
    tool: fc.record({ name: text, version: text }),
    change: fc.option(fc.record({ id: text, base: fc.option(text), head: fc.option(text) })),
    models: fc.array(fc.record({ id: text, context: count, output: count }), { maxLength: 3 }),
    nonce: text,
    line: fc.option(text),
  }),
);

const later = fc.oneof(
  event('run-started', fc.record({ run, persona: text, paths: fc.array(text, { maxLength: 3 }) })),
  event(
    'model-requested',
    fc.record({
      ...turn,
      added: fc
        .record({
          system: fc.option(text),
          tools: fc.option(fc.array(value, { maxLength: 2 })),
          messages: fc.array(message, { maxLength: 3 }),
          maxOutput: count,
        })
        .map(({ system, tools, ...rest }) => ({
          ...rest,
          ...(system === null ? {} : { system }),
          ...(tools === null ? {} : { tools }),
        })),
    }),
  ),
  event(
    'model-responded',
    fc.record({
      ...turn,
      usd,
      response: fc
        .record({
          blocks: fc.array(block, { maxLength: 3 }),
          stop: fc.constantFrom('end', 'tool-calls', 'max-tokens', 'pause', 'refusal', 'context-exceeded'),
          refusal: fc.option(text),
          usage,
        })
        .map(({ refusal, ...rest }) => ({ ...rest, ...(refusal === null ? {} : { refusal }) })),
    }),
  ),
  event('model-failed', fc.record({ ...turn, kind: text, message: text, usage: fc.option(usage) })),
  event('tool-called', fc.record({ run, turn: count, call })),
  event(
    'tool-decided',
    fc.record({ run, callId, decision: fc.constantFrom('allow', 'ask', 'deny'), reason: text }),
  ),
  event('tool-returned', fc.record({ run, turn: count, callId, content: text, isError: fc.boolean() })),
  event('worktree-kept', fc.record({ run, turn: count, tree: text, patch: text })),
  event('step-done', fc.record({ key: text, result: value })),
  event('finding-made', fc.record({ finding })),
  event('write-begun', fc.record({ key: text, target: text, digest: text })),
  event('write-done', fc.record({ key: text, result: value })),
  event('artifact-made', fc.record({ name: text, mediaType: text, sha256: text, bytes: count })),
  event('run-ended', fc.record({ run, ended: text, reason: fc.option(text), turns: count, usage })),
  event(
    'session-ended',
    fc.record({
      outcome: fc.constantFrom('pass', 'fail', 'incomplete', 'completed', 'failed', 'cancelled'),
      ms: count,
      usage: fc.option(usage),
      usd,
      findings: fc.record({ kept: count, suppressed: count, dropped: count }),
      coverage: fc.option(
        fc.record({
          files: fc.array(
            fc.record({
              path: text,
              outcome: fc.constantFrom('reviewed', 'excluded', 'skipped'),
              reason: fc.option(text),
            }),
            { maxLength: 3 },
          ),
          failures: fc.array(text, { maxLength: 2 }),
        }),
      ),
    }),
  ),
);

/** Sessions with hostile text in every field that can hold it, their events in any order. */
export const arbitrarySession: fc.Arbitrary<readonly SessionEvent[]> = fc
  .tuple(fc.oneof(fc.constant(STARTED), started), fc.array(later, { maxLength: 12 }))
  .map(([first, rest]) => sessionOf(first, ...rest));
