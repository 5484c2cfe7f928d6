import { describe, expect, it } from 'vitest';
import { hasPostgres } from '../support/postgres-server.ts';
import { REPOSITORY } from './faults-setup.ts';
import { expectOnce, openKilling, secondHead, useKilling } from './kill-setup.ts';

describe.runIf(hasPostgres())('49, 53: a worker that is killed', () => {
  useKilling();

  it('at 20 moments of a review: each thing is there once, and no answer that was acted on is paid again', async () => {
    const { github, workers, review, open } = await openKilling(15);
    for (let moment = 0; moment < 20; moment++) {
      const of = `m${String(moment).padStart(2, '0')}`;
      const number = await open(of, secondHead(of));
      await review(number);
      await new Promise((resolve) => setTimeout(resolve, 40 + moment * 30));
      const calls = () => workers.calls().filter((line) => line.includes(` ${of}`));
      await workers.kill();
      const before = calls();
      await workers.idle();
      expectOnce(github.pullRequest(REPOSITORY, number), of, 'whole');
      const again = calls()
        .slice(before.length)
        .filter((line) => line.startsWith('asked') && before.includes(line));
      // It judges what a review has answered: that is on the disk by then. Judgements stand side by side.
      const isJudging = before.some((line) => line.startsWith('asked judgement'));
      if (isJudging) expect(again).not.toContainEqual(expect.stringMatching(/^asked review/));
      expect(again.length).toBeLessThanOrEqual(isJudging ? 3 : 1);
    }
  }, 240_000);
});
