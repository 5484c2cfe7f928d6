import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/config.ts';
import { renderConfig, renderConfigJson } from '../../src/config/render-config.ts';

const checks = [
  { id: 'secret', severity: 'error' },
  { id: 'debugger', severity: 'warning' },
] as const;

const resolved = resolveConfig([
  {
    values: {
      failOn: 'warning',
      ignore: ['vendor/**', 'evil\u001b[2J/**'],
      checks: { debugger: 'off' },
      paths: [
        { files: ['docs/**', '*.md'], ignore: false, checks: { secret: 'info' }, reason: 'examples' },
        { files: ['a'] },
      ],
      hook: { budget: 90_000 },
    },
    sourceOf: (key) => `.code-agent.yml (${key})`,
  },
]);

describe('renderConfig', () => {
  it('has a line for each value, with where it came from', () => {
    expect(renderConfig(resolved, checks)).toBe(
      [
        'failOn                               warning                                           .code-agent.yml (failOn)',
        'ignore[0]                            vendor/**                                         .code-agent.yml (ignore[0])',
        'ignore[1]                            evil\\x1b[2J/**                                    .code-agent.yml (ignore[1])',
        'checks.secret                        error                                             default',
        'checks.debugger                      off                                               .code-agent.yml (checks.debugger)',
        'paths[0]                             docs/**, *.md: do not ignore, secret info (examples)  .code-agent.yml (paths[0])',
        'paths[1]                             a: nothing                                        .code-agent.yml (paths[1])',
        'limits.fileBytes                     5MB                                               default',
        'limits.largeFileBytes                1MB                                               default',
        'limits.changeBytes                   200MB                                             default',
        'hook.budget                          90s                                               .code-agent.yml (hook.budget)',
        'hook.onIncomplete                    warn                                              default',
        'hook.onTimeout                       warn                                              default',
        'prePush.commits                      200                                               default',
        'review.model                         true                                              default',
        'review.validate                      warning                                           default',
        'review.maxCost                       $1                                                default',
        'review.maxTokens                     no limit                                          default',
        'review.unitTokens                    12000                                             default',
        'review.parallel                      4                                                 default',
        'review.timeout                       5m                                                default',
        'tasks.maxCost                        $1                                                default',
        'tasks.timeout                        30m                                               default',
        'tasks.permission                     autonomous                                        default',
        'tasks.tests                          (found out)                                       default',
        'sandbox.hosts                        (none)                                            default',
        'sandbox.install                      (by lock files)                                   default',
        'pullRequests.review                  automatic                                         default',
        'pullRequests.drafts                  false                                             default',
        'pullRequests.ignoreTitles            (none)                                            default',
        'pullRequests.ignoreLabels            (none)                                            default',
        'pullRequests.requireLabels           (none)                                            default',
        'pullRequests.ignoreAuthors           (none)                                            default',
        'pullRequests.baseBranches[0]         *                                                 default',
        'pullRequests.maxFiles                no limit                                          default',
        'pullRequests.maxChangedLines         no limit                                          default',
        'pullRequests.tooLarge                checks                                            default',
        'pullRequests.comments                30                                                default',
        'pullRequests.suggestions             true                                              default',
        'pullRequests.summary                 true                                              default',
        'pullRequests.incomplete              neutral                                           default',
        'app.limits.repository.reviewsPerDay  200                                               default',
        'app.limits.repository.tokensPerDay   20000000                                          default',
        'app.limits.repository.costPerDay     $50                                               default',
        'app.limits.person.reviewsPerDay      50                                                default',
        'app.limits.person.tokensPerDay       5000000                                           default',
        'app.limits.person.costPerDay         $20                                               default',
        'app.trustedBots                      (none)                                            default',
        'app.resolveThreads                   false                                             default',
        'app.linkHosts                        (none)                                            default',
        'app.mirrors.bytesPerRepository       5GB                                               default',
        'app.mirrors.bytesTotal               50GB                                              default',
        'models                               (none)                                            default',
        'tools                                (none)                                            default',
        'baseline                             .code-agent-baseline.json                         default',
        '',
      ].join('\n'),
    );
  });

  it('shows how packages are installed', () => {
    const install = [{ when: 'yarn.lock', run: 'yarn --immutable' }];
    const values = { sandbox: { hosts: ['npm.example.com:8443'], install } };
    const text = renderConfig(resolveConfig([{ values, sourceOf: () => 'mine' }]), []);
    expect(text).toMatch(/^sandbox\.hosts\[0\] +npm\.example\.com:8443 +mine$/m);
    expect(text).toMatch(/^sandbox\.install\[0\] +yarn\.lock: yarn --immutable +mine$/m);
  });

  it('says that a list is empty', () => {
    expect(renderConfig(resolveConfig([]), [])).toMatch(/^ignore +\(none\) +default$/m);
  });
});

describe('renderConfigJson', () => {
  it('has the values as numbers, complete, and where they came from', () => {
    const { config, origins } = JSON.parse(renderConfigJson(resolved, checks));
    expect(config).toEqual({ ...resolved.config, checks: { secret: 'error', debugger: 'off' } });
    expect(origins).toMatchObject({
      failOn: '.code-agent.yml (failOn)',
      'checks.secret': 'default',
      'checks.debugger': '.code-agent.yml (checks.debugger)',
      'hook.budget': '.code-agent.yml (hook.budget)',
      'limits.fileBytes': 'default',
    });
  });
});
