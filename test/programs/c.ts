import type { Program } from './program.ts';

const test = (body: string): string => `#include <stdio.h>
#include "clamp.h"

static int number, failed;

static void is(int got, int wanted) {
  number++;
  if (got == wanted) {
    printf("ok %d\\n", number);
  } else {
    printf("not ok %d - %d is not %d\\n", number, got, wanted);
    failed = 1;
  }
}

int main(void) {
  is(clamp(5, 0, 10), 5);
${body}  return failed;
}
`;

/** A value that is too large becomes the smallest one. */
export const c: Program = {
  language: 'C',
  needs: ['gcc', 'make'],
  files: {
    'clamp.h': 'int clamp(int value, int least, int most);\n',
    'clamp.c':
      '#include "clamp.h"\n\nint clamp(int value, int least, int most) {\n  if (value < least) return least;\n  return value > most ? least : value;\n}\n',
    'tests/test_clamp.c': test(''),
    Makefile:
      '.PHONY: check\ncheck:\n\tgcc -Wall -o /tmp/test_clamp -I. clamp.c tests/test_clamp.c && /tmp/test_clamp\n',
  },
  tests: null,
  counts: { before: 1, after: 2 },
  task: 'bug: clamp answers the least value for one that is too large',
  failing: { path: 'tests/test_clamp.c', content: test('  is(clamp(11, 0, 10), 10);\n') },
  fix: { path: 'clamp.c', old_text: 'value > most ? least : value', new_text: 'value > most ? most : value' },
};
