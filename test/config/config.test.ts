import { describe, expect, it } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import {
  type ConfigValues,
  configEntries,
  DEFAULTS,
  dottedKey,
  type Layer,
  parseFailOn,
  resolveConfig,
} from '../../src/config/config.ts';

const layer = (name: string, values: ConfigValues): Layer => ({
  values,
  sourceOf: (key) => `${name}:${key}`,
});

describe('resolveConfig', () => {
  it('is the defaults when nothing is said', () => {
    const { config, origins } = resolveConfig([]);
    expect(config).toEqual(DEFAULTS);
    expect(new Set(origins.values())).toEqual(new Set(['default']));
    expect([...origins.keys()]).toEqual([
      'failOn',
      'ignore',
      'paths',
      'limits.fileBytes',
      'limits.largeFileBytes',
      'limits.changeBytes',
      'hook.budget',
      'hook.onIncomplete',
      'hook.onTimeout',
      'prePush.commits',
      'review.model',
      'review.validate',
      'review.maxCost',
      'review.maxTokens',
      'review.unitTokens',
      'review.parallel',
      'review.timeout',
      'tasks.maxCost',
      'tasks.timeout',
      'tasks.permission',
      'tasks.tests',
      'sandbox.hosts',
      'sandbox.install',
      'pullRequests.review',
      'pullRequests.drafts',
      'pullRequests.ignoreTitles',
      'pullRequests.ignoreLabels',
      'pullRequests.requireLabels',
      'pullRequests.ignoreAuthors',
      'pullRequests.baseBranches[0]',
      'pullRequests.maxFiles',
      'pullRequests.maxChangedLines',
      'pullRequests.tooLarge',
      'pullRequests.comments',
      'pullRequests.suggestions',
      'pullRequests.summary',
      'pullRequests.incomplete',
      'app.limits.repository.reviewsPerDay',
      'app.limits.repository.tokensPerDay',
      'app.limits.repository.costPerDay',
      'app.limits.person.reviewsPerDay',
      'app.limits.person.tokensPerDay',
      'app.limits.person.costPerDay',
      'app.trustedBots',
      'app.resolveThreads',
      'app.linkHosts',
      'app.mirrors.bytesPerRepository',
      'app.mirrors.bytesTotal',
      'models',
      'tools',
      'baseline',
    ]);
  });

  it('lets the later layer win, key by key', () => {
    const { config, origins } = resolveConfig([
      layer('user', { failOn: 'info', hook: { budget: 1, onTimeout: 'block' }, checks: { secret: 'off' } }),
      layer('repo', { failOn: 'warning', hook: { budget: 2 }, checks: { syntax: 'info' } }),
      layer('flag', { failOn: 'never' }),
    ]);
    expect(config).toEqual({
      ...DEFAULTS,
      failOn: 'never',
      hook: { budget: 2, onIncomplete: 'warn', onTimeout: 'block' },
      checks: { secret: 'off', syntax: 'info' },
    });
    expect(Object.fromEntries(origins)).toMatchObject({
      failOn: 'flag:failOn',
      'hook.budget': 'repo:hook.budget',
      'hook.onIncomplete': 'default',
      'hook.onTimeout': 'user:hook.onTimeout',
      'checks.secret': 'user:checks.secret',
      'checks.syntax': 'repo:checks.syntax',
    });
  });

  it('replaces lists as a whole, and forgets where the old items came from', () => {
    const { config, origins } = resolveConfig([
      layer('user', { ignore: ['a', 'b', 'c'], paths: [{ files: ['d'] }] }),
      layer('repo', { ignore: ['x'], paths: [] }),
    ]);
    expect(config.ignore).toEqual(['x']);
    expect(config.paths).toEqual([]);
    expect([...origins].filter(([key]) => /^(ignore|paths)/.test(key))).toEqual([
      ['ignore[0]', 'repo:ignore[0]'],
      ['paths', 'repo:paths'],
    ]);
  });

  it('merges sections within sections', () => {
    const { config, origins } = resolveConfig([
      layer('user', { app: { limits: { person: { costPerDay: 3 } }, trustedBots: [7] } }),
      layer('other', { app: { limits: { person: { reviewsPerDay: 2 } }, mirrors: { bytesTotal: 9 } } }),
    ]);
    expect(config.app).toEqual({
      ...DEFAULTS.app,
      limits: {
        repository: DEFAULTS.app.limits.repository,
        person: { ...DEFAULTS.app.limits.person, costPerDay: 3, reviewsPerDay: 2 },
      },
      trustedBots: [7],
      mirrors: { ...DEFAULTS.app.mirrors, bytesTotal: 9 },
    });
    expect(Object.fromEntries(origins)).toMatchObject({
      'app.limits.person.costPerDay': 'user:app.limits.person.costPerDay',
      'app.limits.person.reviewsPerDay': 'other:app.limits.person.reviewsPerDay',
      'app.limits.person.tokensPerDay': 'default',
      'app.trustedBots[0]': 'user:app.trustedBots[0]',
    });
  });

  it('does not change the defaults', () => {
    const before = structuredClone(DEFAULTS);
    resolveConfig([layer('repo', { limits: { fileBytes: 1 }, checks: { secret: 'off' } })]);
    expect(DEFAULTS).toEqual(before);
  });
});

it('configEntries has one key for each value', () => {
  const keys = configEntries({ ignore: ['a', 'b'], paths: [{ files: ['c'] }], hook: { budget: 1 } });
  expect(keys).toEqual([
    ['ignore[0]', 'a'],
    ['ignore[1]', 'b'],
    ['paths[0]', { files: ['c'] }],
    ['hook.budget', 1],
  ]);
});

it('dottedKey writes indexes in brackets', () => {
  expect(dottedKey(['paths', 0, 'checks', 'secret'])).toBe('paths[0].checks.secret');
});

describe('parseFailOn', () => {
  it('takes the four levels', () => {
    expect(['error', 'warning', 'info', 'never'].map((level) => parseFailOn(level, 'x'))).toEqual([
      'error',
      'warning',
      'info',
      'never',
    ]);
  });

  it('refuses others by the name of their source', () => {
    expect(() => parseFailOn('warn', '--fail-on')).toThrow(
      new CodeAgentError(
        '--fail-on: expected error, warning, info or never, got "warn". Did you mean "warning"?',
        { exitCode: 2 },
      ),
    );
  });
});
