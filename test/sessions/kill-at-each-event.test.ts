import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../src/agent/session-event.ts';
import { sideBySide } from '../../src/review/side-by-side.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ScriptedTurn } from '../support/model-script.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { journalOf } from '../support/session-journal.ts';
import { run, tempFolder } from '../support/temp-repository.ts';
import { startWriteServer, type WriteServer } from '../support/write-server.ts';

const SUPPORT = resolve(import.meta.dirname, '../support');
/** It is in the keys of the writes: the same in all runs that are compared. */
const ID = createSessionId();

const read = (id: string) => ({ id, name: 'read_file', input: { path: 'upload.js' } });
const report = (id: string, title: string) => ({
  ...{ id, name: 'report_finding' },
  input: {
    ...{ path: 'upload.js', quote: 'backoff(1)', severity: 'error', category: 'correctness', title },
    ...{ body: `Nothing awaits it. ${PLANTED_SECRET}`, confidence: 0.9 },
  },
});
const finish = (id: string) => ({ id, name: 'finish_review', input: { summary: 'A delay.' } });
/** Calls with ids of their own: an answer that is asked for once more is the same. */
const TURNS: readonly ScriptedTurn[] = [
  { text: `I look. ${PLANTED_SECRET}`, calls: [read('a'), read('b')] },
  { calls: [report('c', 'The delay is not awaited')] },
  { calls: [finish('d')] },
  { calls: [read('e'), report('f', 'The file is not closed')] },
  { calls: [finish('g')] },
];

/** `before`: instead of writing the record of the event. `amid`: with half of it written. `after`: behind it. */
interface Kill {
  readonly when: 'before' | 'amid' | 'after';
  readonly seq: number;
}

/** What a session has come to. */
interface Outcome {
  readonly stdout: string;
  readonly events: readonly Omit<SessionEvent, 'at'>[];
  readonly writes: WriteServer['writes'];
}

const bundled = build({
  entryPoints: [join(SUPPORT, 'session-with-writes.ts')],
  // It is begun 150 times: a third of that was reading it.
  ...{ bundle: true, platform: 'node', format: 'cjs', target: 'node20.19', minify: true },
  ...{ write: false, logLevel: 'warning' },
});

/**
 * Runs the session, killed at each place in turn and then gone on with to its end. The test fails when the model is not asked
 * for just these turns, all processes together.
 */
async function runSession(
  kills: readonly Kill[],
  turns: readonly ScriptedTurn[],
): Promise<{ outcome: Outcome; finds: WriteServer['finds'] }> {
  const folder = tempFolder();
  const [model, other] = [await startAnthropicServer(turns), await startWriteServer()];
  const { outputFiles } = await bundled;
  const program = join(folder, 'session.cjs');
  writeFileSync(program, outputFiles[0]?.contents ?? '');
  const preload = ['--require', join(SUPPORT, 'kill-at-event.cjs')];
  const start = (killAt: string) =>
    run(process.execPath, [...preload, program, folder, ID, model.baseUrl, other.baseUrl], {
      env: { KILL_AT: killAt },
    });
  for (const { when, seq } of kills) {
    const place = `${when} ${seq}`;
    expect(await start(place), place).toEqual({ code: 128, stdout: '', stderr: '' });
    const { events, damage } = journalOf(folder, ID);
    expect(events.length, place).toBe(when === 'after' ? seq : seq - 1);
    expect(damage?.kind, place).toBe(when === 'amid' ? 'torn' : undefined);
  }
  const { code, stdout, stderr } = await start('');
  expect([code, stderr]).toEqual([0, '']);
  const { events, damage } = journalOf(folder, ID);
  expect(damage).toBeNull();
  expect(readdirSync(join(folder, 'code-agent/sessions'))).toEqual([`${ID}.journal`]);
  const untimed = events.map(({ at: _, ...event }) => event);
  return { outcome: { stdout, events: untimed, writes: other.writes }, finds: other.finds };
}

let first: Promise<Outcome> | undefined;
function undisturbed(): Promise<Outcome> {
  first ??= runSession([], TURNS).then(({ outcome }) => outcome);
  return first;
}

/**
 * An answer is asked for once more for each time that a process was killed with it in hand and not written, and never
 * else. The other side is asked for a write only when a process was killed between the two events of that write.
 */
async function expectTheSame(...kills: Kill[]): Promise<void> {
  const whole = await undisturbed();
  const isNext = ({ when, seq }: Kill, type: SessionEvent['type']) =>
    when !== 'after' && whole.events[seq - 1]?.type === type;
  const answersBefore = ({ seq }: Kill) =>
    whole.events.slice(0, seq - 1).filter(({ type }) => type === 'model-responded').length;
  const lost = kills.filter((kill) => isNext(kill, 'model-responded')).map(answersBefore);
  const turns = TURNS.flatMap((turn, index) => [
    turn,
    ...lost.filter((one) => one === index).map(() => turn),
  ]);

  const { outcome, finds } = await runSession(kills, turns);
  const places = kills.map(({ when, seq }) => `${when} ${seq}`).join(', ');
  expect(outcome, places).toEqual(whole);
  const found = kills.flatMap((kill) => {
    if (isNext(kill, 'write-done')) return [true];
    return kill.when === 'after' && whole.events[kill.seq - 1]?.type === 'write-begun' ? [false] : [];
  });
  expect(
    finds.map(({ isThere }) => isThere),
    places,
  ).toEqual(found);
}

describe('a session with runs, tools, findings and writes', () => {
  it('writes each once, and keeps no secret', async () => {
    const { stdout, events, writes } = await undisturbed();
    expect(JSON.parse(stdout)).toMatchObject({
      found: [{ title: 'The delay is not awaited' }, { title: 'The file is not closed' }],
      ...{ check: 1, comments: [2, 3] },
    });
    expect(writes.map(({ body }) => body)).toEqual([
      'The review has begun.',
      ...['The delay is not awaited', 'The file is not closed'],
    ]);
    const asked = ['model-requested', 'model-responded'];
    const twoCalls = [
      'tool-called',
      'tool-called',
      ...Array(2).fill(['tool-decided', 'tool-returned']).flat(),
    ];
    const oneCall = ['tool-called', 'tool-decided', 'tool-returned'];
    const written = ['write-begun', 'write-done'];
    expect(events.map(({ type }) => type)).toEqual([
      ...['session-started', ...written],
      ...['run-started', ...asked, ...twoCalls, ...asked, ...oneCall, ...asked, ...oneCall, 'run-ended'],
      ...['run-started', ...asked, ...twoCalls, ...asked, ...oneCall, 'run-ended'],
      ...['finding-made', 'finding-made', ...written, ...written, 'session-ended'],
    ]);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(JSON.stringify(events)).not.toContain(PLANTED_SECRET);
  });

  it('comes to the same when it is killed after each event', async () => {
    const { events } = await undisturbed();
    await sideBySide(events, 2, ({ seq }) => expectTheSame({ when: 'after', seq }));
  }, 300_000);

  it('comes to the same when it is killed with what others have done already, and not written', async () => {
    const { events } = await undisturbed();
    // Before any other event, all is as it was after the one before it; before the first there is nothing at all.
    const BEHIND_OTHERS = ['session-started', 'model-responded', 'write-done'];
    const behind = events.filter(({ type }) => BEHIND_OTHERS.includes(type));
    expect(behind).toHaveLength(1 + 5 + 3);
    await sideBySide(behind, 2, ({ seq }) => expectTheSame({ when: 'before', seq }));
  }, 300_000);

  it('comes to the same when it is killed again while it is gone on with', async () => {
    const { length } = (await undisturbed()).events;
    const kill = fc.record<Kill>({
      when: fc.constantFrom('before', 'amid', 'after'),
      seq: fc.integer({ min: 1, max: length }),
    });
    const isReached = ([one, other]: readonly [Kill, Kill]) =>
      one.when === 'after' ? other.seq > one.seq : other.seq >= one.seq;
    const twice = fc.tuple(kill, kill).filter(isReached);
    await fc.assert(
      fc.asyncProperty(twice, (kills) => expectTheSame(...kills)),
      { numRuns: 20, endOnFailure: true },
    );
  }, 300_000);
});
