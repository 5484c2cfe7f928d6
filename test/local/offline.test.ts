import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';

const KEYS = {
  ANTHROPIC_API_KEY: 'sk-test-0123456789abcdef',
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
  OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
};

function staged(): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'a.ts': 'export const a = 1;\n' });
  repository.write({ 'a.ts': 'export const a = 2;\n' });
  repository.git('add', '--all');
  return repository;
}

/** The system calls by which any process of the command speaks to a network: strace(1), `%network`. */
function networkCalls(
  { path, env }: TempRepository,
  more: NodeJS.ProcessEnv,
  args: readonly string[],
): string[] {
  const trace = join(tempFolder(), 'trace');
  spawnSync('strace', ['-f', '-qq', '-e', 'trace=%network', '-o', trace, process.execPath, CLI, ...args], {
    cwd: path,
    env: { ...env, ...more },
  });
  // Pipes to children are pairs of local sockets (libuv), and are no way out.
  return readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.includes('socket(AF_INET'));
}

function straceIsThere(): boolean {
  try {
    execFileSync('strace', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    console.warn(
      'NOT EXERCISED: that no socket is opened: strace is not there (Debian: apt-get install strace)',
    );
    return false;
  }
}

describe('what opens no socket', () => {
  it('a review without a model, one with --offline, and one that the configuration forbids', () => {
    if (!straceIsThere()) return;
    expect(networkCalls(staged(), {}, ['review'])).toEqual([]);
    expect(networkCalls(staged(), KEYS, ['review', '--offline'])).toEqual([]);
    expect(networkCalls(staged(), KEYS, ['review', '--dry-run', '--model', 'claude-sonnet-5-5'])).toEqual([]);
    const forbidden = staged();
    forbidden.commit({ '.code-agent.yml': 'review: { model: false }\n' });
    forbidden.commit({ 'a.ts': 'export const a = 3;\n' });
    expect(networkCalls(forbidden, KEYS, ['review', 'HEAD'])).toEqual([]);
    // The trace would show one.
    expect(networkCalls(staged(), KEYS, ['review']).length).toBeGreaterThan(0);
  }, 120_000);
});
