import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commitMessage } from '../../src/tasks/commit-message.ts';

it.each([
  ['Mend it', 'Mend it\n\nCode-Agent-Task: 7\n'],
  ['Mend it\n\nIt was wrong.\nVery.\n\n', 'Mend it\n\nIt was wrong.\nVery.\n\nCode-Agent-Task: 7\n'],
  ['', 'Work on a task\n\nCode-Agent-Task: 7\n'],
  ['Mend it [skip ci]', 'Mend it\n\nCode-Agent-Task: 7\n'],
  ['Mend it\n\nskip-checks: true', 'Mend it\n\nCode-Agent-Task: 7\n'],
  ['Mend it\n\nFixes #12, closes: o/r#3', 'Mend it\n\nFixes 12, closes: 3\n\nCode-Agent-Task: 7\n'],
  [
    'Mend it\n\nCo-authored-by: Ada <ada@example.com>\nSigned-off-by: Ada <a@b>',
    'Mend it\n\nCode-Agent-Task: 7\n',
  ],
  ['Mend it\n\nCode-Agent-Task: 1', 'Mend it\n\nCode-Agent-Task: 7\n'],
  [
    'Ask @mona and @org/team about @types/node',
    'Ask mona and @org/team about @types/node\n\nCode-Agent-Task: 7\n',
  ],
  ['Mend\u202e it\u0007', 'Mend<U+202E> it<U+0007>\n\nCode-Agent-Task: 7\n'],
])('%j', (text, message) => expect(commitMessage(text, '7')).toBe(message));

it('has a subject of one line, an empty line behind it and one trailer, whatever was said', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '\n', ' ', '#1', '@x', 'fixes ', '[ci skip]', 'Signed-off-by: x', '\r', 'é'),
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, (said) => {
      const lines = commitMessage(said, '7').split('\n');
      expect(lines[0]?.trim()).not.toBe('');
      expect(lines[1]).toBe('');
      expect(lines.slice(-3)).toEqual(['', 'Code-Agent-Task: 7', '']);
      expect(lines.join('\n')).not.toMatch(/\[ci skip\]|^signed-off-by|\bfixes #\d/im);
    }),
  );
});
