import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';

/** The row of the model, with the user's own configuration and these variables. */
async function modelRow(
  repository: TempRepository,
  command: 'status' | 'install',
  { config, ...env }: NodeJS.ProcessEnv & { config?: string },
): Promise<string | undefined> {
  const folder = tempFolder();
  mkdirSync(join(folder, 'code-agent'));
  if (config !== undefined) writeFileSync(join(folder, 'code-agent/config.yml'), config);
  const { stdout } = await repository.codeAgent([command], {
    env: { ...repository.env, XDG_CONFIG_HOME: folder, ...env },
  });
  return /^Model +(.*)$/m.exec(stdout)?.[1]?.replaceAll(folder, '~');
}

const OWN = 'models: [{ id: "qwen3:30b", baseUrl: "http://localhost:1/v1" }, { id: claude-opus-5-5 }]\n';
const OWN_TEXT = 'qwen3:30b at http://localhost:1/v1, else claude-opus-5-5';

describe('the row of the model', () => {
  it.each([
    [
      'none',
      {},
      'none configured: checks only. Set ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a local server',
    ],
    [
      'which the environment offers',
      { ANTHROPIC_API_KEY: 'sk-test', OPENAI_BASE_URL: 'http://localhost:1/v1' },
      'the server at OPENAI_BASE_URL, else Claude (ANTHROPIC_API_KEY)',
    ],
    [
      'which the user’s own configuration names, before those',
      { ANTHROPIC_API_KEY: 'sk-test', config: OWN },
      OWN_TEXT,
    ],
    [
      'that none is asked',
      { ANTHROPIC_API_KEY: 'sk-test', config: 'review: { model: false }\n' },
      'none asked: your own configuration says review.model: false',
    ],
    [
      'that the configuration is wrong',
      { ANTHROPIC_API_KEY: 'sk-test', config: 'modles: []\n' },
      'not known: ~/code-agent/config.yml:1: unknown key "modles". Did you mean "models"?',
    ],
  ])('of status says %s', async (_, env, text) => {
    expect(await modelRow(tempRepository(), 'status', env)).toBe(text);
  });

  it('of install says the same', async () => {
    expect(await modelRow(tempRepository(), 'install', { config: OWN })).toBe(OWN_TEXT);
  });
});
