import type { Program } from './program.ts';

const test = (body: string): string => `#!/bin/sh
cd "$(dirname "$0")/.." || exit 1
failed=0
is() {
  if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1 - '$2' is not '$3'"; failed=1; fi
}
is 1 "$(printf '2\\n4\\n' | awk -f mean.awk)" 3
${body}exit $failed
`;

/** Without a line it divides by nothing. */
export const awk: Program = {
  language: 'awk',
  needs: ['awk', 'make'],
  files: {
    'mean.awk': '# The mean of the first column.\n{ sum += $1 }\nEND { print sum / NR }\n',
    'test/run.sh': test(''),
    Makefile: '.PHONY: test\ntest:\n\tsh test/run.sh\n',
  },
  tests: null,
  counts: { before: 1, after: 2 },
  task: 'fix: mean.awk crashes when there is no line; it should print 0',
  failing: { path: 'test/run.sh', content: test('is 2 "$(printf \'\' | awk -f mean.awk 2>/dev/null)" 0\n') },
  fix: { path: 'mean.awk', old_text: 'print sum / NR', new_text: 'print NR ? sum / NR : 0' },
};
