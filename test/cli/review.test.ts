import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

function withStaged(files: Record<string, string>): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'kept.ts': 'export {};\n' });
  repository.write(files);
  repository.git('add', '.');
  return repository;
}

const ESCAPE = '\u001b[';

describe('code-agent review', () => {
  it('in a pipe there are no colours, unless they are forced; never under NO_COLOR', async () => {
    const repository = withStaged({ 'a.ts': 'debugger;\n' });
    const review = async (env: NodeJS.ProcessEnv) =>
      (await repository.codeAgent(['review'], { env: { ...repository.env, ...env } })).stdout;
    expect(await review({})).not.toContain(ESCAPE);
    expect(await review({ FORCE_COLOR: '1' })).toContain(ESCAPE);
    expect(await review({ NO_COLOR: '1' })).not.toContain(ESCAPE);
  });

  it('json: what the published schema says, in a file', async () => {
    const repository = withStaged({ 'a.ts': 'debugger;\n' });
    const { code, stdout } = await repository.codeAgent([
      'review',
      '--format',
      'json',
      '--output',
      'out.json',
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const report: unknown = JSON.parse(readFileSync(join(repository.path, 'out.json'), 'utf8'));
    const schema = JSON.parse(readFileSync(resolve('schema/review.schema.json'), 'utf8'));
    const { $schema: _, ...rest } = schema;
    const validate = new Ajv({ strict: false }).compile(rest);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(Object.keys(report as object)).toEqual([
      'version',
      'change',
      'verdict',
      'coverage',
      'findings',
      'timing',
      'model',
      'session',
    ]);
  });

  it('github: a workflow command on the line', async () => {
    const { stdout } = await withStaged({ 'a.ts': '\ndebugger;\n' }).codeAgent([
      'review',
      '--format',
      'github',
    ]);
    expect(stdout).toMatch(/^::error file=a\.ts,line=2/m);
  });

  it.each([
    ['error', 0],
    ['warning', 1],
    ['info', 1],
    ['never', 0],
  ])('--fail-on %s with a warning: exit code %i', async (level, code) => {
    const repository = withStaged({ 'tool.sh': 'echo hi\n', 'run.sh': '#!/bin/sh\necho hi\n' });
    expect((await repository.codeAgent(['review', '--fail-on', level])).code).toBe(code);
  });

  it('--budget: what there was no time for is said', async () => {
    const { code, stdout, stderr } = await withStaged({ 'a.ts': 'export {a};\n' }).codeAgent([
      'review',
      '--budget',
      '1ms',
    ]);
    expect(`${stdout}${stderr}`).toMatch(/out of time|was stopped/);
    expect(code).toBe(4);
  });

  it('--sarif: the findings of another tool, on changed lines', async () => {
    const repository = withStaged({ 'a.ts': 'one();\n' });
    const result = (uri: string) => ({
      ruleId: 'no-one',
      level: 'error',
      message: { text: 'Do not call one' },
      locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } } }],
    });
    const runs = [{ tool: { driver: { name: 'linter' } }, results: [result('a.ts'), result('kept.ts')] }];
    writeFileSync(join(repository.path, 'linter.sarif'), JSON.stringify({ version: '2.1.0', runs }));
    const { code, stdout } = await repository.codeAgent(['review', '--sarif', 'linter.sarif']);
    expect(stdout).toContain('no-one  a.ts:1');
    expect(stdout).toContain('linter: 1 not on changed lines');
    expect(code).toBe(1);
  });

  it('a commit, two dots, three dots', async () => {
    const repository = withStaged({ 'a.ts': 'debugger;\n' });
    repository.commit();
    repository.git('switch', '--quiet', '--create', 'topic', 'HEAD~1');
    repository.commit({ 'b.ts': 'export const b = 1;\n' });
    expect((await repository.codeAgent(['review', 'main'])).code).toBe(1);
    expect((await repository.codeAgent(['review', 'main...topic'])).stdout).toContain('1 file reviewed');
    expect((await repository.codeAgent(['review', 'main..topic'])).stdout).toContain('2 files reviewed');
  });
});

describe('code-agent change', () => {
  it('prints what a review sees', async () => {
    const repository = withStaged({ 'a.ts': 'one\n', 'kept.ts': 'export {};\nmore\n' });
    const { code, stdout } = await repository.codeAgent(['change']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      head: { commit: null },
      files: [
        {
          path: 'a.ts',
          status: 'added',
          after: { mode: '100644', size: 4 },
          hunks: [{ newStart: 1, lines: ['+one'] }],
        },
        {
          path: 'kept.ts',
          status: 'modified',
          hunks: [{ oldStart: 1, oldCount: 1, newStart: 1, newCount: 2, lines: [' export {};', '+more'] }],
          lineMap: [{ old: 2, new: 3 }],
        },
      ],
    });
  });

  it('a file over the limit is named with its reason: exit code 3', async () => {
    const { code, stdout } = await withStaged({ 'big.txt': 'x\n'.repeat(2_600_000) }).codeAgent(['change']);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [{ path: 'big.txt', unread: expect.stringContaining('limits.fileBytes') }],
    });
    expect(code).toBe(3);
  });
});

describe('code-agent config', () => {
  it('each effective value and where it came from', async () => {
    const repository = tempRepository();
    repository.commit({ '.code-agent.yml': '# mine\nhook:\n  budget: 5s\n' });
    const { stdout } = await repository.codeAgent(['config']);
    expect(stdout).toMatch(/^hook\.budget +5s +\.code-agent\.yml:3 at [0-9a-f]{7}$/m);
    expect(stdout).toMatch(/^failOn +error +default$/m);
  });
});
