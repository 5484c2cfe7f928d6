import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/config/config.ts';
import { pathRules } from '../../src/config/path-rules.ts';
import { CHECK_IDS } from '../../src/review/check-id.ts';

const rules = (config: Partial<typeof DEFAULTS>) => pathRules({ ...DEFAULTS, ...config });

describe('ignoredBy', () => {
  it.each([
    ['vendor/**', 'vendor/a/b.js', true],
    ['vendor/**', 'src/vendor/a.js', false],
    ['**/*.snap', 'a.snap', true],
    ['**/*.snap', 'x/.hidden/a.snap', true],
    ['*.snap', 'x/a.snap', false],
    ['**', '.env', true],
    ['src/*.{ts,js}', 'src/a.js', true],
    ['src/*.ts', 'src/A.TS', false],
    ['a?c', 'abc', true],
    ['[ab].c', 'b.c', true],
    ['src/**', 'src/new\nline/a', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
  ])('%s and %j: %s', async (glob, path, ignored) => {
    expect((await rules({ ignore: ['nothing', glob] })).ignoredBy(path)).toBe(ignored ? glob : null);
  });

  it('is decided by the last rule that speaks of it', async () => {
    const { ignoredBy } = await rules({
      ignore: ['gen/**'],
      paths: [
        { files: ['gen/api/**'], ignore: false },
        { files: ['lib/**'], ignore: true },
        { files: ['x', 'gen/api/old/*'], ignore: true },
        { files: ['gen/**'], checks: { secret: 'error' } },
      ],
    });
    expect(['gen/a', 'gen/api/a', 'gen/api/old/a', 'lib/a', 'src/a'].map(ignoredBy)).toEqual([
      'gen/**',
      null,
      'gen/api/old/*',
      'lib/**',
      null,
    ]);
  });
});

describe('severityOf', () => {
  it('is null where nothing is said', async () => {
    expect((await rules({})).severityOf('a', 'secret')).toBeNull();
    expect((await rules({ ignore: ['b'] })).severityOf('a', 'secret')).toBeNull();
  });

  it('is that of all files, without a rule for some', async () => {
    expect((await rules({ checks: { secret: 'off' } })).severityOf('a', 'secret')).toBe('off');
  });

  it('is decided by the last rule that speaks of the check', async () => {
    const { severityOf } = await rules({
      checks: { secret: 'error', syntax: 'info' },
      paths: [
        { files: ['test/**'], checks: { secret: 'off', debugger: 'info' } },
        { files: ['test/e2e/**'], checks: { secret: 'warning' } },
        { files: ['test/**'], ignore: false },
      ],
    });
    expect(severityOf('src/a', 'secret')).toBe('error');
    expect(severityOf('test/a', 'secret')).toBe('off');
    expect(severityOf('test/e2e/a', 'secret')).toBe('warning');
    expect(severityOf('test/e2e/a', 'debugger')).toBe('info');
    expect(severityOf('test/e2e/a', 'syntax')).toBe('info');
    expect(severityOf('test/e2e/a', 'lockfile')).toBeNull();
  });
});

it('asks 500 paths about every check and 50 rules in a moment', async () => {
  const { ignoredBy, severityOf } = await rules({
    ignore: Array.from({ length: 50 }, (_, index) => `**/generated-${index}/**`),
    paths: Array.from({ length: 50 }, (_, index) => ({
      files: [`packages/p${index}/**/*.ts`],
      checks: { secret: 'off' as const },
    })),
  });
  const start = performance.now();
  let off = 0;
  for (let index = 0; index < 500; index += 1) {
    const path = `packages/p${index % 60}/src/some/folder/file-${index}.ts`;
    expect(ignoredBy(path)).toBeNull();
    for (const check of CHECK_IDS) if (severityOf(path, check) === 'off') off += 1;
  }
  expect(off).toBe(500 - Math.floor(500 / 60) * 10 - Math.max(0, (500 % 60) - 50));
  expect(performance.now() - start).toBeLessThan(1000);
});
