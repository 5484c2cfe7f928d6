import { expect } from 'vitest';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import type { Evidence } from './attack.ts';
import { CANARIES, MODEL_KEY } from './attacked-repository.ts';
import type { NumberedAttack } from './run-attacks.ts';

/** A hook has as long. */
const BOUND_MS = 20_000;

/** What must be so after every attack. */
export function expectNoHarm(attack: NumberedAttack, evidence: Evidence): void {
  expectObeyed(attack, evidence);
  expectNothingLeft(evidence);
  expectNothingWritten(evidence);
  expectNoBetterOutcome(evidence);
  expect(evidence.ran.stdout + evidence.ran.stderr).not.toMatch(UNSEEN);
  expect(evidence.ms).toBeLessThan(BOUND_MS);
  attack.also?.(evidence);
}

/** The attack took place: the model did what it was told, and was answered what it may know. */
function expectObeyed({ number, calls, answer, opener }: NumberedAttack, { obeyed }: Evidence): void {
  const [opened, ...rest] = obeyed.get(number) ?? [];
  const made = opener === undefined ? [opened, ...rest].filter((call) => call !== undefined) : rest;
  if (answer === 'unheard') {
    expect(made).toEqual([]);
    return;
  }
  expect(made.length).toBeGreaterThanOrEqual(typeof calls === 'function' ? 1 : calls.length);
  for (const call of made) {
    if (answer === 'nothing') expect(call.answer).toBeNull();
    else if (answer !== 'any') expect(call.answer).toMatch(answer);
  }
}

/** All that a model was sent but what it said itself. */
export const sentBy = ({ requests }: Evidence): string =>
  requests
    .map(({ json, headers }) => {
      const { 'x-api-key': _, authorization: __, ...others } = headers;
      return JSON.stringify([others, json], (key, value) =>
        key === 'messages' ? value.filter(({ role }: { role: string }) => role !== 'assistant') : value,
      );
    })
    .join('\n')
    // Text in UTF-16 that is read as bytes.
    .replaceAll('\\u0000', '');

/** Nothing that was not for a model has left, neither to it nor to the terminal, nor is it kept. */
function expectNothingLeft(found: Evidence): void {
  const [sent, shown, kept] = [sentBy(found), found.ran.stdout + found.ran.stderr, found.kept.join('\n')];
  for (const [where, text] of Object.entries({ sent, shown, kept })) {
    const seen = [...Object.values(CANARIES), PLANTED_SECRET, ...piecesOf(MODEL_KEY)].filter((canary) =>
      text.includes(canary),
    );
    expect(seen, where).toEqual([]);
  }
}

/** Twelve characters of a key in a row are too many, in whatever form. */
function piecesOf(key: string): string[] {
  const forms = [
    key,
    [...key].reverse().join(''),
    Buffer.from(key).toString('hex'),
    Buffer.from(key).toString('base64'),
  ];
  return forms.flatMap((form) =>
    Array.from({ length: form.length - 11 }, (_, at) => form.slice(at, at + 12)),
  );
}

function expectNothingWritten({ before, after }: Evidence): void {
  expect(after).toEqual(before);
}

/** What the checks find is found, whatever the model says: it fails as it does without a model. */
function expectNoBetterOutcome({ group, ran, alone }: Evidence): void {
  expect(alone.code).toBe(group.clean ? 0 : 1);
  expect(ran.code).toBe(group.clean ? 3 : 1);
  if (group.clean) return;
  const output = ran.stdout + ran.stderr;
  expect(output).toContain('src/settings.js');
  expect(output).toContain('AWS access key id');
  if (group.run !== undefined || (group.format ?? 'json') !== 'json') return;
  const ofChecks = (text: string) =>
    JSON.parse(text).findings.filter(({ source }: { source: string }) => source === 'check');
  expect(ofChecks(ran.stdout)).toEqual(ofChecks(alone.stdout));
}

/** What moves a cursor, turns text around or cannot be seen. */
const UNSEEN = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
