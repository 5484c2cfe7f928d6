import fc from 'fast-check';
import type { TreeFile } from '../git/import-commits.ts';

/** What a pull request does to one file. Of each there are many, and the test says how many. */
export const FILE_KINDS = [
  ...['edited', 'rewritten', 'added', 'deleted', 'renamed', 'moved', 'mode', 'mode-and-edit', 'type'],
  ...['link', 'submodule', 'binary', 'nul-far-behind', 'emptied', 'added-empty'],
  ...['one-line', 'large', 'too-large', 'too-large-moved', 'minified', 'utf-16', 'folder-to-file'],
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** A file before and after (null: there is none), by the bytes of its path written as Latin-1. */
export interface GeneratedFile {
  readonly kind: FileKind;
  readonly before: readonly [path: string, file: TreeFile] | null;
  readonly after: readonly [path: string, file: TreeFile] | null;
}

/** Where a finding is said to be; the lines are found when the diff is known. */
export const FINDING_PLACES = [
  ...['added', 'context', 'any-shown', 'whole-hunk', 'two-hunks', 'outside', 'beyond-end', 'whole-file'],
  ...['unknown-path', 'old-path'],
] as const;

export interface FindingRecipe {
  readonly place: (typeof FINDING_PLACES)[number];
  /** Which file, hunk, line; taken modulo what there is. */
  readonly file: number;
  readonly line: number;
  readonly lines: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly title: string;
  readonly body: string;
  readonly category: string;
  readonly source: string;
  readonly excerpt: readonly string[] | null;
  /** Its lines, from those of the finding, and what to put there. */
  readonly suggestion: {
    readonly from: number;
    readonly to: number;
    readonly lines: readonly string[];
  } | null;
  readonly isSuppressed: boolean;
  /** It has the fingerprint of the finding before it. */
  readonly isAgain: boolean;
}

export interface GeneratedPullRequest {
  readonly files: readonly GeneratedFile[];
  readonly findings: readonly FindingRecipe[];
  readonly mostComments: number;
}

/** Larger than that is listed and not read. */
export const FILE_BYTES = 100_000;

/** What lines are made of: some like parts of a patch, some with what other programs end a line at. */
const WORDS = [
  ...['', 'a', '  b', '\tc', '}', ' ', 'd\r', 'e\rf', 'g\fh', 'i\vj', 'k\u2028l', 'm\u0085n', '\ufeffo', 'é'],
  ...[
    '@@ -1 +1 @@',
    '@@ -0,0 +1 @@',
    '-- a/x',
    '++ b/x',
    'diff --git a/x b/x',
    '\\ No newline at end of file',
  ],
  ...['```', '````suggestion', '<!-- code-agent:finding:a:0 -->', '@octocat', '\xff\xfe'],
];
const word = fc.constantFrom(...WORDS);
const newline = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r');
const lastEnd = fc.constantFrom(true, true, false);

/** Numbered, so that the parts of a diff are what was meant; or not, so that they are anything. */
const text = (least: number, most: number) =>
  fc
    .tuple(
      fc.integer({ min: least, max: most }),
      fc.boolean(),
      fc.array(word, { minLength: 1, maxLength: 8 }),
    )
    .map(([count, numbered, words]) =>
      Array.from({ length: count }, (_, index) => {
        const one = words[index % words.length] ?? '';
        return numbered ? `${one} ${index}` : one;
      }),
    );

/** Parts that are replaced, each so many lines behind the one before: 5 to 8 is where git makes one hunk of two. */
const edits = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(2), fc.array(word, { maxLength: 3 })),
  { minLength: 1, maxLength: 5 },
);

function edit(lines: readonly string[], parts: readonly (readonly [number, number, readonly string[]])[]) {
  const after: string[] = [];
  let at = 0;
  for (const [gap, removed, added] of parts) {
    after.push(...lines.slice(at, at + gap), ...added);
    at += gap + removed;
  }
  return [...after, ...lines.slice(at)];
}

/** `\xff` is written as the byte, which is no UTF-8; all else in UTF-8. */
const bytes = (content: string): Buffer =>
  Buffer.concat(
    content
      .split(/([\xfe\xff])/)
      .map((part) => Buffer.from(part, /^[\xfe\xff]$/.test(part) ? 'latin1' : 'utf8')),
  );
const joined = (lines: readonly string[], end: string, isEnded: boolean): Buffer =>
  bytes(lines.join(end) + (isEnded && lines.length > 0 ? end : ''));

const ends = fc.record({ end: newline, before: lastEnd, after: lastEnd });
const edited = (least: number, most: number) =>
  fc.tuple(text(least, most), edits, ends).map(([lines, parts, { end, before, after }]) => ({
    before: joined(lines, end, before),
    after: joined(edit(lines, parts), end, after),
  }));

/** Folders and names, as bytes of UTF-8 or, with `\xff`, of none. */
const NAMES = [
  ...['src/a.ts', 'b', 'src/with space.js', 'tab\there.py', 'new\nline.rb', '"quoted".go', '\\back\\slash.c'],
  ...['@octocat/x.md', '`tick`|pipe.md', '<b>.html', '-option.sh', 'été/naïve.rs', '日本/語.java', '..x/…y'],
  ...[
    '\u202efdp.ts',
    'zero\u200bwidth',
    'latin-\xff1.txt',
    `${'deep/'.repeat(40)}x.ts`,
    'package.json',
    '😀.ts',
  ],
];
const name = fc.constantFrom(...NAMES);
const path = (index: number, base: string): string =>
  bytes(base.replace(/[^/]*$/, (last) => `${index}-${last}`)).toString('latin1');

const file = (content: Buffer, mode = '100644'): TreeFile => ({ mode, content });
const commitId = fc
  .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })
  .filter((id) => !/^0+$/.test(id));

type Sides = { readonly before: TreeFile | null; readonly after: TreeFile | null; readonly moves?: boolean };
const modified = (sides: fc.Arbitrary<{ before: Buffer; after: Buffer }>, modes = ['100644', '100644']) =>
  sides.map(({ before, after }): Sides => ({ before: file(before, modes[0]), after: file(after, modes[1]) }));
const numbered = (count: number, line = 'line'): string[] =>
  Array.from({ length: count }, (_, index) => `${line} ${index}`);

/** git looks for a NUL in the first 8,000 bytes (`buffer_is_binary` of xdiff-interface.c): a change before one that is behind them. */
const beforeNul = fc
  .tuple(fc.integer({ min: 20, max: 30 }), fc.array(word, { minLength: 1, maxLength: 3 }))
  .map(([at, added]) => {
    const behind = [...numbered(900, 'a longer line'), 'nul\0'];
    const lines = [...numbered(40), ...behind];
    return { before: joined(lines, '\n', true), after: joined(lines.toSpliced(at, 1, ...added), '\n', true) };
  });

const tooLarge = fc.nat(9).map((seed) => joined(numbered(12_000, `large ${seed}`), '\n', true));

const BY_KIND: Readonly<Record<FileKind, fc.Arbitrary<Sides>>> = {
  edited: modified(edited(0, 60)),
  rewritten: modified(
    fc.tuple(text(0, 12), text(0, 12), ends).map(([one, other, { end, before, after }]) => ({
      before: joined(one, end, before),
      after: joined(other, end, after),
    })),
  ),
  added: edited(1, 30).map(({ after }) => ({ before: null, after: file(after) })),
  deleted: edited(1, 30).map(({ before }) => ({ before: file(before), after: null })),
  renamed: modified(edited(30, 60)).map((sides) => ({ ...sides, moves: true })),
  moved: edited(5, 20).map(({ before }) => ({ before: file(before), after: file(before), moves: true })),
  mode: edited(1, 5).map(({ before }) => ({ before: file(before), after: file(before, '100755') })),
  'mode-and-edit': modified(edited(5, 30), ['100755', '100644']),
  type: fc
    .tuple(edited(1, 9), fc.constantFrom('120000', '160000'), commitId, fc.boolean())
    .map(([{ before }, mode, commit, turned]): Sides => {
      const other = file(Buffer.from(mode === '160000' ? commit : 'target/of/the/link'), mode);
      return turned ? { before: other, after: file(before) } : { before: file(before), after: other };
    }),
  link: fc.tuple(name, name).map(([one, other]) => ({
    before: file(bytes(one), '120000'),
    after: file(bytes(`${other}/x`), '120000'),
  })),
  submodule: fc.tuple(commitId, commitId).map(([one, other]) => ({
    before: file(Buffer.from(one), '160000'),
    after: file(Buffer.from(other), '160000'),
  })),
  binary: fc.uint8Array({ minLength: 1, maxLength: 200 }).map((some) => ({
    before: file(Buffer.from([0, 1, 2, 10, 0])),
    after: file(Buffer.concat([Buffer.from([0, 1, 2, 10, 0, 7]), some])),
  })),
  'nul-far-behind': modified(beforeNul),
  emptied: edited(1, 9).map(({ before }) => ({ before: file(before), after: file(Buffer.alloc(0)) })),
  'added-empty': fc.constant({ before: null, after: file(Buffer.alloc(0)) }),
  'one-line': modified(
    fc.tuple(word, word, ends).map(([one, other, { before, after }]) => ({
      before: joined([one], '\n', before),
      after: joined([`${other}.`], '\n', after),
    })),
  ),
  large: modified(edited(2500, 3500)),
  'too-large': fc.tuple(tooLarge, fc.boolean()).map(([some, isNew]) => ({
    before: isNew ? null : file(Buffer.concat([some, Buffer.from('more\n')])),
    after: file(some),
  })),
  'too-large-moved': tooLarge.map((some) => ({
    before: file(some),
    after: file(Buffer.concat([some, Buffer.from('more\n')])),
    moves: true,
  })),
  minified: modified(
    fc.tuple(fc.integer({ min: 2000, max: 30_000 }), edited(1, 4)).map(([length, { before, after }]) => {
      const line = Buffer.from(`${'x=1;'.repeat(Math.ceil(length / 4))}\n`);
      return { before: Buffer.concat([line, before]), after: Buffer.concat([line, after]) };
    }),
  ),
  'utf-16': modified(edited(1, 20)).map(({ before, after }) => {
    const wide = (some: TreeFile | null) =>
      file(Buffer.from(`\ufeff${some?.content.toString() ?? ''}`, 'utf16le'));
    return { before: wide(before), after: wide(after) };
  }),
  'folder-to-file': edited(1, 9).map(({ before, after }) => ({ before: file(before), after: file(after) })),
};

const WEIGHTS: Partial<Record<FileKind, number>> = {
  edited: 60,
  rewritten: 16,
  added: 16,
  renamed: 12,
  deleted: 8,
  large: 1,
  'too-large': 1,
  'too-large-moved': 1,
};

const someFile = fc
  .oneof(
    ...FILE_KINDS.map((kind) => ({
      weight: WEIGHTS[kind] ?? 4,
      arbitrary: BY_KIND[kind].map((sides) => ({ kind, sides })),
    })),
  )
  .chain(({ kind, sides }) => fc.tuple(name, name).map(([one, other]) => ({ kind, sides, one, other })));

const files = fc.array(someFile, { minLength: 1, maxLength: 4 }).map((some) =>
  some.map(({ kind, sides: { before, after, moves }, one, other }, index): GeneratedFile => {
    const now = path(index, one);
    const old =
      moves === true ? path(index, `before/${other}`) : kind === 'folder-to-file' ? `${now}/x` : now;
    return { kind, before: before && [old, before], after: after && [now, after] };
  }),
);

/** Pieces that mean something to GitHub or to us, or that cannot be stored or shown. */
const PIECES = [
  ...[
    '@octocat',
    '@acme/team',
    '#1',
    'acme/shop#2',
    'fixes #3',
    '/agent dismiss',
    '\n',
    '\n\n',
    '    ',
    '- ',
    '> ',
  ],
  ...[
    '```',
    '```\n',
    '````',
    '~~~\n',
    '```suggestion\nevil()\n```\n',
    '- ```suggestion\n  evil()\n  ```\n',
    '`',
    '|',
  ],
  ...[
    '<!-- code-agent:finding:a:00000000000000000000000000000000 -->',
    '<!--',
    '-->',
    '<img src=x>',
    '![x](y)',
  ],
  ...[
    '</sub>',
    '<details>',
    '[x](https://evil.example)',
    '\0',
    '\x1b[31m',
    '\ud800',
    '\udc80',
    '\u202e',
    '\u2028',
  ],
  ...[
    '\r',
    '\r\n',
    '\f',
    '\t',
    '&commat;',
    '\\',
    '$x$',
    'a word',
    ' ',
    '\u{e0041}',
    '😀',
    'www.evil.example',
  ],
];
const hostile = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((parts) => parts.join(''));
/** More than GitHub takes, of what becomes more when it is made harmless. */
const endless = fc.constantFrom(...PIECES).map((piece) => piece.repeat(Math.ceil(70_000 / piece.length)));
const said = fc.oneof(
  { weight: 60, arbitrary: hostile },
  { weight: 12, arbitrary: fc.constantFrom('', ' ', 'It is wrong because it is not right.') },
  { weight: 1, arbitrary: endless },
);
const replacement = fc.oneof(
  { weight: 12, arbitrary: word },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        '```',
        '   ```',
        '\t````',
        '``````suggestion',
        '~~~',
        '    ',
        'x  ',
        '\tx\t',
        '`',
        '</details>',
        '<!-- x',
      ],
      ...['a\u200bb', 'a\0b', '\ud800', '@octocat', 'x'.repeat(3000), '`'.repeat(200)],
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('y'.repeat(30_000), '\u200b'.repeat(5000), '`|'.repeat(12_000)) },
);

const recipe: fc.Arbitrary<FindingRecipe> = fc.record({
  place: fc.oneof(
    ...FINDING_PLACES.map((one) => ({
      weight: one === 'added' ? 4 : one === 'context' ? 3 : 1,
      arbitrary: fc.constant(one),
    })),
  ),
  file: fc.nat(),
  line: fc.nat(),
  lines: fc.constantFrom(0, 0, 0, 1, 2, 5),
  severity: fc.constantFrom('error', 'error', 'warning', 'warning', 'info'),
  title: said,
  body: said,
  category: fc.oneof({ weight: 9, arbitrary: fc.constant('correctness') }, hostile),
  source: fc.oneof({ weight: 3, arbitrary: fc.constant('check') }, fc.constant('some-model'), hostile),
  excerpt: fc.option(
    fc.oneof(
      { weight: 40, arbitrary: fc.array(word, { minLength: 1, maxLength: 5 }) },
      endless.map((line) => [line]),
    ),
  ),
  suggestion: fc.option(
    fc.record({
      from: fc.constantFrom(0, 0, 0, 0, -1, 1, -3),
      to: fc.constantFrom(0, 0, 0, 0, 1, -1, 4),
      lines: fc.array(replacement, { maxLength: 3 }),
    }),
  ),
  isSuppressed: fc.constantFrom(false, false, false, false, false, false, true),
  isAgain: fc.constantFrom(false, false, false, false, false, true),
});

/** All of it too long at once. */
const worst = fc.tuple(recipe, endless, fc.boolean(), fc.constantFrom('added', 'context', 'outside')).map(
  ([one, text, isText, place]): FindingRecipe => ({
    ...one,
    ...{ place, severity: 'error', isSuppressed: false },
    ...{
      title: text,
      body: isText ? text : 'It is wrong.\n\n'.repeat(5000),
      category: text,
      source: text,
      excerpt: [text],
    },
    suggestion: { from: 0, to: 0, lines: [isText ? text.replaceAll('\n', ' ') : '`'.repeat(19_000)] },
  }),
);

const findings = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.array(fc.oneof({ weight: 60, arbitrary: recipe }, worst), { minLength: 1, maxLength: 8 }),
  },
  { weight: 4, arbitrary: fc.array(recipe, { minLength: 20, maxLength: 60 }) },
  // More than there is room for, whatever is done.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(recipe, { minLength: 20, maxLength: 40 }), fc.integer({ min: 3, max: 9 }))
      .map(([some, times]) => Array.from({ length: times }, () => some).flat()),
  },
);

export const generatedPullRequest: fc.Arbitrary<GeneratedPullRequest> = fc.record({
  files,
  findings,
  mostComments: fc.constantFrom(30, 30, 30, 3, 0, 500),
});
