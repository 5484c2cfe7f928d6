import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findHookLine,
  hookLine,
  insertHookLine,
  isShellScript,
  ownScript,
  quote,
  removeHookLine,
} from '../../src/install/hook-script.ts';

const at = { folder: '/opt/code-agent/hooks', hook: 'pre-commit', interpreter: '' } as const;
const insert = (script: string) => insertHookLine(Buffer.from(script, 'latin1'), at).toString('latin1');

describe('insertHookLine', () => {
  const line = `/bin/sh /opt/code-agent/hooks/pre-commit "$@" || exit $? # code-agent install`;

  it.each([
    ['after the comment at the top', '#!/bin/sh\n# mine\nexit 0\n', `#!/bin/sh\n# mine\n${line}\nexit 0\n`],
    ['first, without one', 'npm test\n', `${line}\nnpm test\n`],
    ['after a shebang that ends in CRLF', '#!/bin/sh\r\nexit 0\r\n', `#!/bin/sh\r\n${line}\nexit 0\r\n`],
    ['after a shebang without an end', '#!/bin/sh', `#!/bin/sh\n${line}`],
    ['into an empty script', '', `${line}\n`],
  ])('adds the line %s', (_, before, after) => {
    expect(insert(before)).toBe(after);
  });

  it('can be undone to the byte, whatever the script is', () => {
    const part = fc.constantFrom('#!/bin/sh', '# c', 'exit 0', '\n', '\r\n', '\n\n', '\xff\xfe', 'é', ' ');
    const bytes = fc.oneof(
      fc.array(part).map((parts) => Buffer.from(parts.join(''), 'latin1')),
      fc.uint8Array().map((array) => Buffer.from(array)),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom('pre-commit', 'pre-push', 'post-commit'), (script, hook) => {
        const inserted = insertHookLine(script, { ...at, hook });
        expect(inserted.equals(script)).toBe(false);
        expect(removeHookLine(inserted)).toEqual(script);
      }),
      { numRuns: 500 },
    );
  });

  it('quotes a folder that a shell would take apart', () => {
    expect(hookLine(`/it's here/hooks`, 'pre-commit')).toContain(
      `/bin/sh '/it'\\''s here/hooks/pre-commit' "$@"`,
    );
    expect(quote('/plain/path-1.2')).toBe('/plain/path-1.2');
  });
});

describe('removeHookLine', () => {
  it('leaves nothing of a script of our own', () => {
    expect(removeHookLine(ownScript(hookLine('/x/hooks', 'pre-commit')))).toBeNull();
  });

  it('leaves what a person added to it', () => {
    const script = Buffer.concat([ownScript(hookLine('/x/hooks', 'pre-commit')), Buffer.from('npm test\n')]);
    expect(removeHookLine(script)?.toString()).toContain('npm test\n');
    expect(removeHookLine(script)?.toString()).not.toContain('/x/hooks');
  });
});

describe('findHookLine', () => {
  it.each([
    ['nothing of ours', 'npm test\n', null],
    ['a comment that speaks of us', '# code-agent hook pre-commit\n', null],
    [
      'a line of ours',
      insert('npm test\n'),
      { number: 1, folder: '/opt/code-agent/hooks', endedBefore: null },
    ],
    ['a line by hand', 'npx code-agent hook pre-commit\n', { number: 1, folder: null, endedBefore: null }],
    ['a line after exit', `exit 0\n${insert('')}`, { number: 2, endedBefore: 1 }],
    ['a line after exec', `#!/bin/sh\nexec lint "$@"\n${insert('')}`, { number: 3, endedBefore: 2 }],
    [
      'a line after a conditional exit',
      `if a; then\n  exit 1\nfi\n${insert('')}`,
      { number: 4, endedBefore: null },
    ],
    ['a line after a redirection', `exec 2>&1\n${insert('')}`, { number: 2, endedBefore: null }],
  ])('finds %s', (_, script, found) => {
    const line = findHookLine(Buffer.from(script));
    if (found === null) expect(line).toBeNull();
    else expect(line).toMatchObject(found);
  });
});

describe('isShellScript', () => {
  it.each([
    ['#!/bin/sh\n', true],
    ['#!/bin/sh', true],
    ['#!/usr/bin/env bash\n', true],
    ['#!/usr/bin/env -S bash -e\r\n', true],
    ['#!/usr/local/bin/zsh -f\n', true],
    ['echo no shebang\n', true],
    ['#!/usr/bin/env node\n', false],
    ['#!/usr/bin/pwsh\n', false],
    ['#!/usr/bin/env fish\n', false],
    ['\x7fELF\x00\x01', false],
  ])('%j: %s', (script, expected) => {
    expect(isShellScript(Buffer.from(script, 'latin1'))).toBe(expected);
  });
});
