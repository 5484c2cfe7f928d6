import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findSecrets } from '../../src/review/checks/secret/find-secrets.ts';
import { redactSecrets } from '../../src/review/redact.ts';
import { tempRepository } from '../support/temp-repository.ts';
import { openTools } from './open-tools.ts';

const body = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

async function diff(path: string) {
  const repository = tempRepository();
  repository.commit({
    'a.ts': body(9),
    'gone.ts': 'gone\n',
    'moved.ts': body(20),
    'same.ts': 'same\n',
    'run.sh': 'echo\n',
    'x.bin': 'text\n',
    'big.ts': 'x'.repeat(5_000),
  });
  repository.git('mv', 'moved.ts', 'now here.ts');
  repository.git('rm', '--quiet', 'gone.ts');
  repository.makeExecutable('run.sh');
  repository.write({
    'a.ts': body(9).replace('line 5\n', 'line five\r\n'),
    'new.ts': 'new',
    'x.bin': 'text\0\n',
    'big.ts': 'y'.repeat(5_000),
    'now here.ts': body(20).replace('line 20', 'line twenty'),
    'min.js': `${'x'.repeat(3_000)}\n`,
  });
  repository.git('add', '--all');
  repository.write({ 'a.ts': 'only in the working tree\n' });
  const { use } = await openTools(repository, { fileBytes: 4_000 });
  return use('file_diff', { path });
}

describe('file_diff', () => {
  it('shows what is staged of a file', async () => {
    expect(await diff('./a.ts')).toBe(
      [
        'a.ts (modified)',
        '@@ -2,7 +2,7 @@ line 1',
        ' line 2',
        ' line 3',
        ' line 4',
        '-line 5',
        '+line five',
        ' line 6',
        ' line 7',
        ' line 8',
      ].join('\n'),
    );
  });

  it('shows a new, a deleted, a moved file and one of another mode', async () => {
    expect(await diff('new.ts')).toBe('new.ts (added)\n@@ -0,0 +1,1 @@\n+new\n\\ No newline at end of file');
    expect(await diff('gone.ts')).toBe('gone.ts (deleted)\n@@ -1,1 +0,0 @@\n-gone');
    const moved = await diff('now here.ts');
    expect(moved).toMatch(/^now here\.ts \(renamed, was moved\.ts\)\n@@ .*\n[\s\S]*-line 20\n\+line twenty$/);
    expect(await diff('moved.ts')).toBe(moved);
    expect(await diff('run.sh')).toBe('run.sh (modified, mode 100644, now 100755)\nNo line of it changed.');
  });

  it('says why there is none', async () => {
    expect(await diff('x.bin')).toBe('x.bin (modified)\nIt is binary. Its diff is not shown.');
    expect(await diff('big.ts')).toMatch(/^big\.ts \(modified\)\nIts diff was not read: larger than 4 kB/);
    expect(await diff('same.ts')).toBe(
      'error: This change does not touch same.ts. It touches: a.ts, big.ts, gone.ts, min.js, new.ts, now here.ts, run.sh, x.bin.',
    );
  });

  it('cuts a line that nobody wrote', async () => {
    expect(await diff('min.js')).toBe(
      `min.js (added)\n@@ -0,0 +1,1 @@\n+${'x'.repeat(2_000)}… [1000 more characters]`,
    );
  });

  it('of the middle of a key shows no line of it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const lines = privateKey.trimEnd().split('\n');
    const repository = tempRepository();
    repository.commit({ 'key.pem': `intro();\n${privateKey}` });
    const changed = [...lines.slice(0, 14), lines[14]?.toLowerCase(), ...lines.slice(15)];
    repository.write({ 'key.pem': `intro();\n${changed.join('\n')}\n` });
    repository.git('add', '--all');
    const redact = (text: string) => redactSecrets(text, findSecrets, []);
    const { use } = await openTools(repository, { redact });
    const shown = await use('file_diff', { path: 'key.pem' });
    expect(shown).toMatch(/^key\.pem \(modified\)\n@@ -\d+,7 \+\d+,7 @@/);
    expect(shown.split('\n')).toHaveLength(2 + 8);
    for (const line of lines.slice(1, -1)) {
      expect(shown).not.toContain(line.slice(0, 30));
      expect(shown).not.toContain(line.toLowerCase().slice(0, 30));
    }
    expect(await use('search', { pattern: lines[12] ?? '', context: 3 })).not.toContain(lines[12]);
    expect(await use('read_file', { path: 'key.pem', start_line: 9, end_line: 12 })).not.toContain(lines[9]);
  });
});
