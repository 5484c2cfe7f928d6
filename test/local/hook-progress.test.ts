import { expect, it } from 'vitest';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ScriptedTurn } from '../support/model-script.ts';
import { run, type TempRepository, tempRepository } from '../support/temp-repository.ts';

const finish: ScriptedTurn = { calls: [{ name: 'finish_review', input: { summary: 'A number.' } }] };

/** Takes a line away. */
const ERASE = '\r\x1b[K';

/** Runs a git command on a terminal of its own: script(1). Answers what was drawn there. */
async function onTerminal({ path, env }: TempRepository, more: NodeJS.ProcessEnv, command: string) {
  const args =
    process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', command] : ['-qec', command, '/dev/null'];
  const { code, stdout } = await run('script', args, { cwd: path, env: { ...env, ...more } });
  return { code, drawn: stdout };
}

function staged(): TempRepository {
  const repository = tempRepository();
  repository.git('remote', 'add', 'origin', tempRepository('--bare').path);
  repository.commit({ 'a.js': 'export const a = 1;\n' });
  repository.git('push', '--quiet', 'origin', 'main');
  repository.write({ 'a.js': 'export const a = 2;\n' });
  repository.git('add', '--all');
  return repository;
}

it.each([
  ['commit', 'pre-commit', 'git commit --message=more'],
  ['push', 'pre-push', 'git commit --quiet --message=more && git push origin main'],
])(
  'a %s on a terminal shows that a model is at work, and takes it away before it says anything',
  async (_, hook, command) => {
    const repository = staged();
    repository.hook(hook);
    const server = await startAnthropicServer([{ ...finish, delayMs: 2_500 }]);
    const env = { ANTHROPIC_API_KEY: 'sk-test-0123456789', ANTHROPIC_BASE_URL: server.baseUrl };
    const { code, drawn } = await onTerminal(repository, env, command);
    expect(code).toBe(0);
    expect(drawn).toContain(`${ERASE}reviewing  a.js`);
    const said = drawn.slice(drawn.lastIndexOf(ERASE) + ERASE.length);
    expect(said).toMatch(/^code-agent {2}1 file reviewed/);
  },
);

it('a hook without a model, or without a terminal, draws nothing', async () => {
  const alone = staged();
  alone.hook('pre-commit');
  expect((await onTerminal(alone, {}, 'git commit --message=more')).drawn).not.toContain(ERASE);

  const piped = staged();
  piped.hook('pre-commit');
  const server = await startAnthropicServer([{ ...finish, delayMs: 1_500 }]);
  const { stderr } = await piped.tryGit(['commit', '--message=more'], {
    env: { ...piped.env, ANTHROPIC_API_KEY: 'sk-test-0123456789', ANTHROPIC_BASE_URL: server.baseUrl },
  });
  expect(stderr).toMatch(/^code-agent {2}1 file reviewed/);
});
