import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { ModelServer, ScriptedTurn } from '../support/model-script.ts';
import { startOpenAiServer } from '../support/openai-server.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

const finish: ScriptedTurn = { calls: [{ name: 'finish_review', input: { summary: 'Fine.' } }] };
const finding = {
  ...{ path: 'a.js', quote: 'export const a = 1;', severity: 'error', category: 'correctness' },
  ...{ title: 'It is one', body: 'It has to be two.', confidence: 0.9 },
};
const report: ScriptedTurn = { calls: [{ name: 'report_finding', input: finding }] };
const holds: ScriptedTurn = {
  calls: [{ name: 'judge_finding', input: { verdict: 'holds', reason: 'Line 1 says one.' } }],
};
const look: ScriptedTurn = { calls: [{ name: 'read_file', input: { path: 'a.js' } }] };

function staged(): TempRepository {
  const repository = tempRepository();
  repository.commit({ 'README.md': '# A\n' });
  repository.write({ 'a.js': 'export const a = 1;\n' });
  repository.git('add', '--all');
  return repository;
}

const HEADER = {
  description: 'of the house',
  tools: '[read_file, search, shell, write_file, report_finding, finish_review]',
  turns: 7,
};

/** Writes `~/.config/code-agent/personas/reviewer.md`. */
function ownReviewer(
  { path }: TempRepository,
  more: Partial<typeof HEADER & { model: string }>,
  prompt = 'Of the house.',
) {
  const folder = join(path, '../.config/code-agent/personas');
  mkdirSync(folder, { recursive: true });
  const header = Object.entries({ ...HEADER, ...more }).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(folder, 'reviewer.md'), `---\n${header.join('')}---\n\n${prompt}\n`);
}

const claude = ({ env }: TempRepository, server: ModelServer) => ({
  ...{ ...env, ANTHROPIC_API_KEY: 'sk-test-key-of-the-server', ANTHROPIC_BASE_URL: server.baseUrl },
});

async function reviewJson({ codeAgent }: TempRepository, env: NodeJS.ProcessEnv) {
  const ran = await codeAgent(['review', '--format', 'json'], { env });
  return { code: ran.code, review: JSON.parse(ran.stdout) };
}

const asked = ({ requests }: ModelServer, index = 0) => {
  const { system, tools = [] } = Object(requests[index]?.json) as {
    system?: unknown;
    tools?: { name: string }[];
  };
  return { system: JSON.stringify(system), tools: tools.map(({ name }) => name) };
};

describe("a person's own reviewer", () => {
  it('is who reviews, with those of its tools that a reviewer may have; who looks a second time is the same', async () => {
    const repository = staged();
    ownReviewer(repository, {});
    const server = await startAnthropicServer([report, finish, holds]);
    const { code, review } = await reviewJson(repository, claude(repository, server));
    expect([code, review.model.units.reviewed]).toEqual([1, 1]);
    const { system, tools } = asked(server);
    expect(system).toContain('Of the house.');
    expect(system).not.toContain('You review one part');
    expect(tools.sort()).toEqual(['finish_review', 'read_file', 'report_finding', 'search']);
    expect(asked(server, 2).system).toContain('Try to refute it.');
    expect(asked(server, 2).tools).toContain('file_diff');
  });

  it('is who reviews in a hook, and who a dry run shows', async () => {
    const repository = staged();
    ownReviewer(repository, {});
    repository.hook('pre-commit');
    const server = await startAnthropicServer([finish]);
    const env = claude(repository, server);
    const dry = await repository.codeAgent(['review', '--dry-run', '--format', 'json'], { env });
    expect(JSON.parse(dry.stdout).requests[0].system).toBe('Of the house.');
    expect((await repository.tryGit(['commit', '--message=a'], { env })).code).toBe(0);
    expect(asked(server).system).toContain('Of the house.');
  });

  it('what another one has answered is not its answer; what it has answered is', async () => {
    const repository = staged();
    const server = await startAnthropicServer([finish, finish, finish, finish]);
    const env = claude(repository, server);
    const knows = async () => (await reviewJson(repository, env)).review.model.units.known;
    expect([await knows(), await knows()]).toEqual([0, 1]);
    ownReviewer(repository, {});
    expect([await knows(), await knows()]).toEqual([0, 1]);
    ownReviewer(repository, {}, 'Of another house.');
    expect(await knows()).toBe(0);
    ownReviewer(repository, { tools: '[report_finding, finish_review]' }, 'Of another house.');
    expect([await knows(), await knows()]).toEqual([0, 1]);
    rmSync(join(repository.path, '../.config'), { recursive: true });
    expect(await knows()).toBe(1);
    expect(server.requests).toHaveLength(4);
  });

  it('has the turns that it says', async () => {
    const repository = staged();
    ownReviewer(repository, { turns: 2 });
    const server = await startAnthropicServer([look, look]);
    const { code, review } = await reviewJson(repository, claude(repository, server));
    expect(code).toBe(3);
    expect(review.coverage.failures).toEqual([expect.stringContaining('out of turns (2)')]);
  });

  it('has the model asked first that it prefers, and the others behind it', async () => {
    const repository = staged();
    ownReviewer(repository, { model: 'claude-sonnet-5-5' });
    const local = await startOpenAiServer([finish]);
    const server = await startAnthropicServer([finish, { text: 'No.' }, { text: 'No.' }]);
    const env = { ...claude(repository, server), OPENAI_BASE_URL: local.baseUrl };
    const { review } = await reviewJson(repository, env);
    expect(review.model.models[0]).toBe('claude-sonnet-5-5');
    expect(review.coverage.notes).toEqual([]);
    repository.write({ 'a.js': 'export const a = 2;\n' });
    repository.git('add', '--all');
    const second = await reviewJson(repository, env);
    expect(second.review.coverage.notes).toEqual([
      expect.stringMatching(/^claude-sonnet-5-5: .* was asked instead$/),
    ]);
    // Who was asked first is in the session; run again, it is the same.
    const { session } = second.review;
    const shown = JSON.parse((await repository.codeAgent(['sessions', 'show', session, '--json'])).stdout);
    expect(shown.state.started.models).toMatchObject([{ id: 'claude-sonnet-5-5' }, {}]);
    const replayed = await repository.codeAgent(['sessions', 'replay', session]);
    expect(replayed.stdout).toContain('the same, byte for byte; 0 not');
  });

  it('that could not review is an error that says so', async () => {
    const repository = staged();
    ownReviewer(repository, { tools: '[read_file]' });
    const server = await startAnthropicServer([]);
    const env = claude(repository, server);
    const { code, review } = await reviewJson(repository, env);
    expect(code).toBe(3);
    expect(review.verdict.outcome).toBe('incomplete');
    expect(review.coverage.failures).toEqual([
      expect.stringMatching(
        /^the model review failed: the persona .*reviewer\.md has no report_finding and no finish_review: /,
      ),
    ]);
  });

  it('is not read where no model is asked', async () => {
    const repository = staged();
    ownReviewer(repository, { turns: -1 });
    repository.hook('pre-commit');
    expect((await repository.tryGit(['commit', '--message=a'])).code).toBe(0);
  });
});
