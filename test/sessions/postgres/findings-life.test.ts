import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveJournals } from '../../../src/sessions/postgres/move-journals.ts';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import { storeDecision, storedFindings } from '../../../src/sessions/postgres/stored-findings.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { type SampleSession, sampleFinding, writeSession } from '../../support/session-journal.ts';
import { tempFolder } from '../../support/temp-repository.ts';

const A = sampleFinding('a');
const line = 'here:main';
const base = 'b'.repeat(40);

interface Life {
  /** A review, and what it means. */
  review(sample: SampleSession): Promise<void>;
  /** A review that is done now, and stored when the answer is called. */
  later(sample: SampleSession): () => Promise<void>;
  decide(state: 'dismissed' | 'open', because?: string, at?: Date): Promise<void>;
  /** `open`, or with who and why. */
  state(): Promise<string>;
  /** All steps of it. */
  steps(): Promise<string[]>;
}

describe.each(DATABASES)('the life of a finding, %s', (_name, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  const living = async (work: (life: Life) => Promise<void>) =>
    withDatabase(await databases.migrated(), {}, async ({ sql }) => {
      const repository = await repositoryId(sql, 'github.com/owner/name');
      const folder = tempFolder();
      // Each is later than the one before it.
      const tick = () => new Promise((resolve) => setTimeout(resolve, 3));
      await work({
        async review(sample) {
          await tick();
          writeSession(folder, { line, base, ...sample });
          const { left } = await moveJournals(sql, repository, folder);
          expect(left).toEqual([]);
        },
        later(sample) {
          const other = tempFolder();
          writeSession(other, { line, base, ...sample });
          return async () => {
            await moveJournals(sql, repository, other);
          };
        },
        async decide(state, because, at) {
          await tick();
          await storeDecision(sql, repository, {
            ...{ fingerprint: A.fingerprint, title: A.title, state, by: 'Ada <ada@example.com>' },
            ...{ at: (at ?? new Date()).toISOString(), because: because ?? null },
          });
        },
        async state() {
          const [found] = await storedFindings(sql, repository, {
            states: ['open', 'fixed', 'dismissed'],
            limit: 9,
          });
          return [found?.state, found?.by, found?.because].filter((part) => part != null).join(' ');
        },
        async steps() {
          const rows = await sql`select state from code_agent.finding_changes order by id`;
          return rows.map(({ state }) => state);
        },
      });
    });

  it('is open when it is found, fixed when the next review of its file does not find it, open when it is back', () =>
    living(async ({ review, state, steps }) => {
      await review({ findings: [A] });
      expect(await state()).toBe('open');
      await review({ findings: [A] });
      expect(await state()).toBe('open');
      await review({ findings: [] });
      expect(await state()).toBe('fixed');
      await review({ findings: [A] });
      expect(await state()).toBe('open');
      expect(await steps()).toEqual(['open', 'fixed', 'open']);
    }));

  it.each<[string, SampleSession]>([
    ['of another branch or worktree', { line: 'here:topic' }],
    ['of no branch', { line: null }],
    ['of a change of another commit', { base: 'c'.repeat(40) }],
    ['that did not look at its file', { reviewed: ['src/other.ts'] }],
    ['that failed in part', { failures: ['the check `debugger` failed'] }],
    ['that has not ended', { ended: false }],
  ])('a review %s has not found it fixed', (_what, sample) =>
    living(async ({ review, state }) => {
      await review({ findings: [A] });
      await review(sample);
      expect(await state()).toBe('open');
    }),
  );

  it("a model's finding is not fixed because the checks do not find it", () =>
    living(async ({ review, state }) => {
      await review({ turns: 1, findings: [{ ...A, source: 'claude-test' }] });
      await review({ turns: 0 });
      expect(await state()).toBe('open');
      await review({ turns: 1 });
      expect(await state()).toBe('fixed');
    }));

  it('what a person has dismissed stays so, whatever reviews find, until a person opens it again', () =>
    living(async ({ review, decide, state, steps }) => {
      await review({ findings: [A] });
      await decide('dismissed', 'a test key');
      await review({ findings: [A] });
      await review({ findings: [] });
      expect(await state()).toBe('dismissed Ada <ada@example.com> a test key');
      await decide('open');
      await review({ findings: [A] });
      expect(await state()).toBe('open Ada <ada@example.com>');
      expect(await steps()).toEqual(['open', 'dismissed', 'open']);
    }));

  it('what the code says does not count is dismissed by it, and open once the code does not say so', () =>
    living(async ({ review, state }) => {
      await review({ findings: [A] });
      const ignored = { ...A, suppressed: { by: 'inline-ignore', reason: 'never valid' } };
      await review({ findings: [ignored] });
      expect(await state()).toBe('dismissed inline-ignore never valid');
      await review({ findings: [ignored] });
      expect(await state()).toBe('dismissed inline-ignore never valid');
      await review({ findings: [A] });
      expect(await state()).toBe('open');
    }));

  it('reviews that come in late do not undo what later ones have said', () =>
    living(async ({ review, decide, state, later, steps }) => {
      const early = later({ findings: [A] });
      await review({ findings: [A] });
      await review({ findings: [] });
      expect(await state()).toBe('fixed');
      await early();
      expect(await state()).toBe('fixed');
      const clean = later({ findings: [] });
      await review({ findings: [A] });
      await clean();
      expect(await state()).toBe('open');
      await decide('dismissed', 'no');
      expect(await steps()).toEqual(['open', 'fixed', 'open', 'dismissed']);
    }));

  it('what a person has opened again is not fixed by a review that began before that', () =>
    living(async ({ review, decide, later, state }) => {
      await review({ findings: [A] });
      await decide('dismissed', 'no');
      const clean = later({ findings: [] });
      await decide('open');
      await clean();
      expect(await state()).toBe('open Ada <ada@example.com>');
      await review({ findings: [] });
      expect(await state()).toBe('fixed');
    }));

  it('a dismissal that comes in late stands before reviews that did not know it, and not before a later decision', () =>
    living(async ({ review, decide, state, steps }) => {
      const offline = new Date();
      await review({ findings: [A] });
      await decide('dismissed', 'on a train', offline);
      expect(await state()).toBe('dismissed Ada <ada@example.com> on a train');
      await decide('open');
      await decide('dismissed', 'on a train', offline);
      await decide('dismissed', 'before that', new Date(0));
      expect(await state()).toBe('open Ada <ada@example.com>');
      expect(await steps()).toEqual(['open', 'dismissed', 'open']);
    }));

  it('a decision on what nobody has stored, and the same one twice, is kept once', () =>
    living(async ({ decide, state, steps }) => {
      await decide('dismissed', 'before there was a database');
      expect(await state()).toBe('dismissed Ada <ada@example.com> before there was a database');
      expect(await steps()).toEqual(['dismissed']);
    }));

  it('five thousand findings of one review, and a title that holds what PostgreSQL cannot', () =>
    living(async ({ review, steps, state }) => {
      const many = Array.from({ length: 5_000 }, (_, index) =>
        sampleFinding('a', {
          fingerprint: index.toString(16).padStart(64, '0'),
          title: 'a\u0000"\\{b},\ud800',
        }),
      );
      await review({ findings: many });
      expect(await steps()).toHaveLength(5_000);
      await review({ findings: many.slice(1) });
      expect((await steps()).slice(5_000)).toEqual(['fixed']);
      expect(await state()).toBe('open');
    }));
});
