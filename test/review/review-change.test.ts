import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULTS } from '../../src/config/config.ts';
import { compare, openGit, prepareReview } from '../../src/local/prepare-review.ts';
import type { Check } from '../../src/review/check.ts';
import type { Problem } from '../../src/review/finding.ts';
import type { Policy } from '../../src/review/policy.ts';
import { type ReviewInput, reviewChange } from '../../src/review/review-change.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

/** What `reviewChange` takes in for what is staged in the repository. */
async function staged(repository: TempRepository, policy: Partial<Policy> = {}): Promise<ReviewInput> {
  const door = { cwd: repository.path, env: repository.env, signal: new AbortController().signal };
  const git = await openGit(door);
  onTestFinished(() => git.close());
  const input = await prepareReview(
    git,
    door,
    await compare(git, door),
    DEFAULTS,
    new AbortController().signal,
  );
  return { ...input, policy: { ...input.policy, ...policy } };
}

function withStaged(files: Record<string, string>): TempRepository {
  const repository = tempRepository();
  repository.commit();
  repository.write(files);
  repository.git('add', '.');
  return repository;
}

/** A check that says the same of every file. */
function says(problem: Partial<Problem>, check: Partial<Check> = {}): Check {
  return {
    id: 'debugger',
    summary: '',
    severity: 'warning',
    generatedToo: false,
    scope: 'files',
    *run(files) {
      for (const { path } of files)
        yield { path, place: { startLine: 1, endLine: 1 }, title: 't', body: '', ...problem };
    },
    ...check,
  };
}

describe('reviewChange', () => {
  it('a check that throws makes the verdict incomplete and hides no other finding', async () => {
    const broken = says({}, { id: 'syntax', run: () => Promise.reject(new Error('out of luck')) });
    const input = await staged(withStaged({ 'a.ts': 'x\n' }));
    const review = await reviewChange({ ...input, checks: [broken, says({})] });
    expect(review.verdict.outcome).toBe('incomplete');
    expect(review.coverage.failures).toEqual(['the check syntax failed: out of luck']);
    expect(review.findings).toHaveLength(1);
  });

  it('without time left, every file is said not to have been looked at', async () => {
    const input = await staged(withStaged({ 'a.ts': 'x\n', 'b.ts': 'x\n' }));
    const review = await reviewChange({ ...input, signal: AbortSignal.abort() });
    expect(review.verdict).toMatchObject({ outcome: 'incomplete', outOfTime: true });
    expect(review.coverage.files.map((file) => file.outcome)).toEqual(['skipped', 'skipped']);
  });

  it('every file of the change has one entry in the ledger', async () => {
    const repository = withStaged({ 'a.ts': 'x\n', 'ignored.ts': 'x\n', 'gen.ts': 'x\n' });
    const input = await staged(repository, {
      ignoredBy: (path) => (path === 'ignored.ts' ? 'ignored*' : null),
      generatedBy: (path) => (path === 'gen.ts' ? 'generated' : null),
    });
    const { coverage } = await reviewChange(input);
    expect(coverage.files).toEqual([
      { path: 'a.ts', outcome: 'reviewed', reason: null },
      { path: 'gen.ts', outcome: 'excluded', reason: 'generated (.gitattributes)' },
      { path: 'ignored.ts', outcome: 'excluded', reason: 'ignore: ignored*' },
    ]);
  });

  it.each<[string, Partial<Problem>, Awaited<ReturnType<Policy['severityOf']>>, string[]]>([
    ['the check’s own severity', {}, null, ['warning']],
    ['the problem’s own', { severity: 'info' }, null, ['info']],
    ['raised by the policy', {}, 'error', ['error']],
    ['lowered by the policy', { severity: 'error' }, 'info', ['info']],
    ['a lesser problem stays so', { severity: 'info' }, 'error', ['info']],
    ['off', {}, 'off', []],
  ])('severity: %s', async (_, problem, set, expected) => {
    const input = await staged(withStaged({ 'a.ts': 'x\n' }), { severityOf: () => set });
    const { findings } = await reviewChange({ ...input, checks: [says(problem)] });
    expect(findings.map((finding) => finding.severity)).toEqual(expected);
  });

  it('two that say the same are one finding', async () => {
    const input = await staged(withStaged({ 'a.ts': 'x\n' }));
    expect((await reviewChange({ ...input, checks: [says({}), says({})] })).findings).toHaveLength(1);
  });

  it('most important first: severity, then the order of the change', async () => {
    const input = await staged(withStaged({ 'a.ts': 'x\n', 'b.ts': 'x\n' }));
    const error = says({ title: 'e', severity: 'error' });
    const { findings } = await reviewChange({ ...input, checks: [says({}), error] });
    expect(findings.map(({ path, severity }) => `${severity} ${path}`)).toEqual([
      'error a.ts',
      'error b.ts',
      'warning a.ts',
      'warning b.ts',
    ]);
  });

  it('a secret near another finding is masked in its code', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': `const key = '${PLANTED_SECRET}';\n` });
    repository.write({ 'a.ts': `const key = '${PLANTED_SECRET}';\ndebugger;\n` });
    repository.git('add', '.');
    const review = await reviewChange(await staged(repository));
    expect(review.findings.map((finding) => finding.category)).toEqual(['debugger']);
    expect(review.findings[0]?.excerpt?.lines[0]).toContain('…(20 characters)');
    expect(JSON.stringify(review.findings)).not.toContain(PLANTED_SECRET);
  });

  it('of what other tools found, that on changed lines', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.ts': 'one\ntwo\n' });
    repository.write({ 'a.ts': 'one\ntwo\nthree\n' });
    repository.git('add', '.');
    const at = (startLine: number) => ({
      path: 'a.ts',
      place: { startLine, endLine: startLine },
      title: 't',
      body: '',
      severity: 'error' as const,
      category: 'rule',
      source: 'tool',
    });
    const elsewhere = { ...at(3), path: 'b.ts' };
    const review = await reviewChange({ ...(await staged(repository)), external: [at(1), at(3), elsewhere] });
    expect(review.findings).toMatchObject([{ source: 'tool', category: 'rule', place: { startLine: 3 } }]);
    expect(review.coverage.notes).toEqual(['tool: 2 not on changed lines, left out']);
    expect(review.verdict.outcome).toBe('fail');
  });
});
