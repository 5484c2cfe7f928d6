import { describe, expect, it } from 'vitest';
import { type Door, decide, REVIEWER_EFFECTS, type Surface, type ToolUse } from '../../src/agent/policy.ts';

const TOOLS = ['read_file', 'report_finding', 'write_file', 'delete_file', 'run_command', 'fetch_url'];
const ALL: Surface['persona'] = {
  name: 'implementer',
  tools: TOOLS,
  effects: ['read', 'report', 'write', 'delete', 'run', 'network'],
};
const REVIEWER: Surface['persona'] = { name: 'reviewer', tools: TOOLS, effects: REVIEWER_EFFECTS };

const USES: Readonly<Record<ToolUse['effect'], string>> = {
  read: 'read_file',
  report: 'report_finding',
  write: 'write_file',
  delete: 'delete_file',
  run: 'run_command',
  network: 'fetch_url',
};
const EFFECTS = ['read', 'report', 'write', 'delete', 'run', 'network'] as const;
const use = (effect: ToolUse['effect'], ...paths: string[]): ToolUse => ({
  tool: USES[effect],
  effect,
  paths,
});

describe('who may do what where', () => {
  const table: readonly [Surface['persona'], Door, string][] = [
    [REVIEWER, 'hook', 'allow allow deny deny deny deny'],
    [REVIEWER, 'cli', 'allow allow deny deny deny deny'],
    [REVIEWER, 'app', 'allow allow deny deny deny deny'],
    [ALL, 'hook', 'allow allow deny deny deny deny'],
    [ALL, 'cli', 'allow allow ask ask ask ask'],
    [ALL, 'app', 'allow allow ask ask ask ask'],
  ];
  for (const [persona, door, expected] of table) {
    it(`${persona.name} in ${door}`, () => {
      const answers = EFFECTS.map((effect) => decide(use(effect, 'src/a.ts'), { persona, door }));
      expect(answers.map(({ decision }) => decision).join(' ')).toBe(expected);
      for (const { reason } of answers) expect(reason).toMatch(/^\w.*[^.]$/);
    });
  }

  it('a tool that is not in the set of the persona is denied, whatever it does', () => {
    const persona = { ...ALL, tools: ['read_file'] };
    expect(decide(use('report'), { persona, door: 'cli' })).toEqual({
      decision: 'deny',
      reason: 'implementer has no tool report_finding',
    });
  });
});

describe('paths', () => {
  const denied: readonly [string, RegExp][] = [
    ['/etc/passwd', /absolute/],
    ['/proc/self/environ', /absolute/],
    ['/sys/kernel', /absolute/],
    ['/dev/stdin', /absolute/],
    ['\\\\server\\share', /absolute/],
    ['C:\\Windows', /absolute/],
    ['c:x', /absolute/],
    ['..', /"\.\."/],
    ['../x', /"\.\."/],
    ['src/../../x', /"\.\."/],
    ['src/..', /"\.\."/],
    ['src\\..\\..\\x', /"\.\."/],
    ['src/a\0.ts', /NUL/],
    ['.git', /git's own/],
    ['.git/config', /git's own/],
    ['./.git/config', /git's own/],
    ['vendor/lib/.git/hooks/pre-commit', /git's own/],
    ['.GIT/config', /git's own/],
    ['.git./config', /git's own/],
    ['.git /config', /git's own/],
    ['git~1/config', /git's own/],
    ['.g\u200cit/config', /git's own/],
    ['.git::$INDEX_ALLOCATION/config', /git's own/],
    ['src\\.git\\config', /git's own/],
  ];
  for (const [path, why] of denied) {
    it(`no ${JSON.stringify(path)}`, () => {
      for (const effect of ['read', 'report'] as const) {
        const { decision, reason } = decide(use(effect, 'src/a.ts', path), {
          persona: REVIEWER,
          door: 'hook',
        });
        expect(decision).toBe('deny');
        expect(reason).toMatch(why);
      }
      expect(decide(use('write', path), { persona: ALL, door: 'cli' }).decision).toBe('deny');
    });
  }

  const allowed = ['', '.', 'a', 'src/a.ts', './src/a.ts', '.github/workflows/x.yml', '.gitignore', 'a..b/c'];
  for (const path of [...allowed, 'proc/self/environ', 'etc/passwd', '**/*.ts', '-rf', ':(top)a', 'a\nb']) {
    it(`${JSON.stringify(path)} is one`, () => {
      expect(decide(use('read', path), { persona: REVIEWER, door: 'hook' }).decision).toBe('allow');
    });
  }

  it('a path of a megabyte is judged at once, and not repeated', () => {
    const startedAt = performance.now();
    for (const part of ['. ', '/.git', '../', '.git. ']) {
      const { reason } = decide(use('read', part.repeat(200_000)), { persona: REVIEWER, door: 'hook' });
      expect(reason.length).toBeLessThan(500);
    }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
