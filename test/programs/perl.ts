import type { Program } from './program.ts';

const test = (plan: number, body: string): string => `use strict;
use warnings;
use lib 'lib';
use Test::More tests => ${plan};
use Csv qw(fields);

is_deeply([fields('a,b')], ['a', 'b'], 'two fields');
${body}`;

/** Empty fields at the end of a line are lost. */
export const perl: Program = {
  language: 'Perl',
  needs: ['perl', 'prove'],
  files: {
    'lib/Csv.pm': `package Csv;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = ('fields');

# The fields of a line without quotes.
sub fields {
    my ($line) = @_;
    return split /,/, $line;
}

1;
`,
    't/csv.t': test(1, ''),
    Makefile: 'test:\n\tprove -v t\n',
  },
  tests: null,
  counts: { before: 1, after: 2 },
  task: 'Csv: fields() drops empty fields at the end, which is wrong',
  failing: {
    path: 't/csv.t',
    content: test(2, "is_deeply([fields('a,,')], ['a', '', ''], 'empty fields at the end');\n"),
  },
  fix: { path: 'lib/Csv.pm', old_text: 'split /,/, $line;', new_text: 'split /,/, $line, -1;' },
};
