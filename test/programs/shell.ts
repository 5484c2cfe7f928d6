import type { Program } from './program.ts';

const test = (body: string): string => `#!/bin/sh
cd "$(dirname "$0")/.." || exit 1
n=0
failed=0
is() {
  n=$((n + 1))
  if [ "$1" = "$2" ]; then echo "ok $n"; else echo "not ok $n - '$1' is not '$2'"; failed=1; fi
}
touch /tmp/plain.txt
is "$(sh ./size.sh /tmp/plain.txt)" 0
${body}exit $failed
`;

/** A file whose name has a space. */
export const shell: Program = {
  language: 'sh',
  needs: ['sh', 'make'],
  files: {
    'size.sh': '#!/bin/sh\n# Prints the bytes of a file.\ncat $1 | wc -c | tr -d " "\n',
    'tests/run.sh': test(''),
    Makefile: '.PHONY: test\ntest:\n\tsh tests/run.sh\n',
  },
  tests: null,
  counts: { before: 1, after: 2 },
  task: 'size.sh fails for a file with a space in its name: fix it',
  failing: {
    path: 'tests/run.sh',
    content: test(
      'printf abc > "/tmp/with space.txt"\nis "$(sh ./size.sh "/tmp/with space.txt" 2>/dev/null)" 3\n',
    ),
  },
  fix: { path: 'size.sh', old_text: 'cat $1', new_text: 'cat "$1"' },
};
