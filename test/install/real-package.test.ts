import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { doctor } from '../../src/install/doctor.ts';
import { install } from '../../src/install/install.ts';
import { createStage } from './stage.ts';

it('stops a commit and a push with the CLI as it is built, in an empty environment', async () => {
  const stage = createStage();
  const options = { ...stage.options, packageFolder: resolve(import.meta.dirname, '../..') };
  await install(options);
  expect((await doctor(options)).healthy).toBe(true);
  const git = stage.run('/bin/sh', ['-c', 'command -v git']).output.trim();
  const bare = (...args: string[]) =>
    stage.run(git, ['-c', 'user.name=n', '-c', 'user.email=n@example.invalid', ...args], { PATH: '' });
  stage.git(['init', '--quiet', '--bare', '../remote']);

  stage.write('a.txt', 'fine\n');
  bare('add', 'a.txt');
  expect(bare('commit', '--message', 'one')).toMatchObject({ code: 0 });
  expect(bare('push', '../remote', 'HEAD:refs/heads/main')).toMatchObject({ code: 0 });

  stage.write('a.txt', `${'<'.repeat(7)} HEAD\n`);
  bare('add', 'a.txt');
  const stopped = bare('commit', '--message', 'two');
  expect(stopped).toMatchObject({ code: 1, output: expect.stringContaining('conflict-marker') });
  bare('commit', '--no-verify', '--message', 'two');
  expect(bare('push', '../remote', 'HEAD:refs/heads/main')).toMatchObject({
    code: 1,
    output: expect.stringContaining('conflict-marker'),
  });
});
