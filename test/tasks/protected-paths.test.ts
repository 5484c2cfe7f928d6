import { describe, expect, it } from 'vitest';
import { protectionOf, runningParts } from '../../src/tasks/protected-paths.ts';

describe('paths that need a yes', () => {
  it.each([
    ...[
      '.github/workflows/ci.yml',
      '.GitHub/Workflows/ci.yml',
      '.github/actions/a/action.yml',
      '.gitlab-ci.yml',
      'Jenkinsfile',
    ],
    ...[
      '.circleci/config.yml',
      'azure-pipelines.yml',
      '.husky/pre-commit',
      'hooks/pre-push',
      'lefthook.yml',
      '.pre-commit-config.yaml',
    ],
    ...[
      'CODEOWNERS',
      '.github/CODEOWNERS',
      'docs/CODEOWNERS',
      '.npmrc',
      'packages/a/.npmrc',
      '.yarnrc.yml',
      '.cargo/config.toml',
    ],
    ...[
      '.gitmodules',
      '.gitattributes',
      'src/.gitattributes',
      '.code-agent.yml',
      '.code-agent-baseline.json',
      'AGENTS.md',
      'sub/CLAUDE.md',
    ],
    ...[
      '.claude/settings.json',
      '.mcp.json',
      '.cursor/rules/a.mdc',
      '.vscode/tasks.json',
      '.devcontainer/devcontainer.json',
    ],
  ])('%s', (path) => expect(protectionOf(path)).not.toBeNull());

  it.each([
    'src/hooks/use-thing.ts',
    'src/codeowners.ts',
    'README.md',
    'package.json',
    'docs/agents.html',
    '.github/ISSUE_TEMPLATE/bug.md',
    'src/workflows/a.yml',
  ])('not %s', (path) => expect(protectionOf(path)).toBeNull());
});

describe('what of a package.json makes programs run', () => {
  const before = JSON.stringify({
    name: 'a',
    version: '1.0.0',
    scripts: { test: 'vitest' },
    dependencies: { a: '1' },
  });
  it('a script that is another one, and hooks', () => {
    const after = JSON.stringify({
      name: 'a',
      scripts: { test: 'vitest', postinstall: 'node x' },
      husky: { hooks: {} },
    });
    expect(runningParts(before, after)).toEqual(['scripts', 'husky']);
  });
  it('nothing, when only a dependency or the layout changed', () => {
    expect(runningParts(before, `${before.replace('"a":"1"', '"a":"2"')}\n`)).toEqual([]);
  });
  it('all that there was, of what is no JSON any more, and of a new file what it has', () => {
    expect(runningParts(before, '{ broken')).toEqual(['scripts']);
    expect(runningParts(null, before)).toEqual(['scripts']);
  });
});
