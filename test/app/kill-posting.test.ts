import { describe, expect, it } from 'vitest';
import { hasPostgres } from '../support/postgres-server.ts';
import { findings, REPOSITORY, replies, summaries } from './faults-setup.ts';
import { expectOnce, killAt, openKilling, secondHead, useKilling } from './kill-setup.ts';

/** What is written for each pull request, in its order: of its first head, and of its second. */
const FIRST = ['checks/create', 'pulls/create-review', 'issues/create-comment', 'checks/update'];
const SECOND = [
  ...['checks/create', 'pulls/create-review', 'pulls/create-review-comment', 'issues/update-comment'],
  ...['checks/update', 'checks/update', 'pulls/create-reply-for-review-comment'],
];

describe.runIf(hasPostgres())('49, 53: a worker that is killed', () => {
  useKilling();

  it('at each write of posting, before and after it is stored: each thing is there once, and no call is paid twice', async () => {
    const { github, workers, review, open } = await openKilling();
    const kills = [FIRST, SECOND].flatMap((writes, head) =>
      writes.flatMap((operation, at) =>
        (['before', 'after'] as const).map((when) => ({ head, operation, at, when })),
      ),
    );
    for (const [index, kill] of kills.entries()) {
      const of = `k${String(index).padStart(2, '0')}`;
      const number = await open(of);
      const written: string[] = [];
      const armed = killAt(github, workers, kill, written);
      if (kill.head === 0) armed.arm();
      await review(number);
      await workers.idle();
      if (kill.head === 1) {
        armed.arm();
        await github.push(REPOSITORY, of, { files: secondHead(of) });
        await review(number);
        await workers.idle();
      }
      armed.stop();
      expect(written, JSON.stringify(kill)).toEqual([`killed ${kill.operation}`]);
      expectOnce(github.pullRequest(REPOSITORY, number), of, kill.head === 0 ? 'first' : 'second');
      expectPaidOnce(workers.calls(), of, kill.head + 1);
    }
  }, 240_000);

  it.each([
    ['nothing was posted', { operation: 'pulls/create-review', at: 1, when: 'before' as const }],
    ['its summary was made', { operation: 'issues/create-comment', at: 2, when: 'after' as const }],
  ])(
    'and the head moves while nobody is there, when %s: the old check run is closed',
    async (_, kill) => {
      const { github, workers, review, open } = await openKilling();
      const number = await open('p00');
      const armed = killAt(github, workers, kill, []);
      armed.arm();
      await review(number);
      await workers.died();
      armed.stop();
      await github.push(REPOSITORY, 'p00', { files: secondHead('p00') });
      await review(number);
      await workers.idle();
      const pull = github.pullRequest(REPOSITORY, number);
      expect(pull.checkRuns.map(({ status, conclusion }) => [status, conclusion])).toEqual([
        ['completed', 'cancelled'],
        ['completed', 'failure'],
      ]);
      const told = ['Key store', ...['x', 'y', 'z'].map((one) => `p00${one} fails`)];
      const old = kill.when === 'after' ? ['p00old fails'] : [];
      expect(findings(pull).sort()).toEqual([...told, ...old].sort());
      expect(replies(pull)).toHaveLength(old.length);
      expect(summaries(pull)).toHaveLength(1);
      expect(summaries(pull)[0]).toContain(pull.headSha.slice(0, 7));
    },
    120_000,
  );
});

function expectPaidOnce(calls: readonly string[], of: string, heads: number): void {
  const asked = calls.filter((line) => line.startsWith('asked') && line.includes(` ${of}`));
  expect(asked).toHaveLength(new Set(asked).size);
  // A review of the first head and its judgement; a review of the second one, and three judgements.
  expect(asked).toHaveLength(heads === 1 ? 2 : 6);
}
