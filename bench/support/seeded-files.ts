/** A source of numbers that is the same on every machine: mulberry32. */
export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The mix of a repository for the web, as it may be staged. */
export const KINDS = ['ts', 'ts', 'js', 'ts', 'json', 'ts', 'md', 'js', 'yml', 'css'] as const;
export type Kind = (typeof KINDS)[number];

export interface SeededFile {
  readonly path: string;
  /** The content in one revision. Of two revisions one block differs, and about every tenth of the others. */
  text(revision: number): string;
}

/** The file of a number: its path, kind and content follow from the number alone. `lines`: about how many it has. */
export function seededFile(number: number, lines?: number): SeededFile {
  const random = createRandom(number);
  const kind = KINDS[number % KINDS.length] ?? 'ts';
  const wanted = lines ?? 20 + Math.floor(random() ** 2 * 180);
  return {
    path: `${pick(random, FOLDERS)}/${pick(random, WORDS)}/${pick(random, WORDS)}-${number}.${kind}`,
    text: (revision) => seededText(kind, wanted, number, revision),
  };
}

/** Text of a kind with about so many lines, which its own parser accepts. */
export function seededText(kind: Kind, lines: number, seed: number, revision = 0): string {
  const language = LANGUAGES[kind];
  const count = Math.max(1, Math.round(lines / language.blockLines));
  const blocks = Array.from({ length: count }, (_, index) => {
    const place = seed * 1_000_003 + index;
    const changed = revision > 0 && (index === revision % count || createRandom(place + revision)() < 0.1);
    return language.block(createRandom(changed ? place + revision * 7919 : place), index);
  });
  return language.join(blocks);
}

interface Language {
  readonly blockLines: number;
  block(random: Random, index: number): string;
  join(blocks: readonly string[]): string;
}

const asLines = (blocks: readonly string[]): string => blocks.join('\n');

const LANGUAGES: Readonly<Record<Kind, Language>> = {
  ts: {
    blockLines: 8,
    block(random, index) {
      const [verb, noun, other] = [pick(random, WORDS), pick(random, WORDS), pick(random, WORDS)];
      return `/** Says how the ${noun} of a ${other} is to ${verb}. */
export function ${verb}${index}(${noun}: readonly number[], limit = ${whole(random)}): string {
  const total = ${noun}.reduce((sum, one) => sum + one, ${whole(random)});
  if (total > limit) throw new RangeError(\`${noun}: \${total} is more than \${limit}\`);
  const label = total % 2 === 0 ? '${pick(random, WORDS)}' : '${pick(random, WORDS)}';
  return [label, String(total), '${noun} ${other}'].join(' ');
}
`;
    },
    join: asLines,
  },
  js: {
    blockLines: 7,
    block(random, index) {
      const [verb, noun] = [pick(random, WORDS), pick(random, WORDS)];
      return `export async function ${verb}${index}(client, ${noun}) {
  const found = await client.get('/${noun}/' + ${noun}.id, { page: ${whole(random)} });
  if (!found.ok) return { ${noun}, state: '${pick(random, WORDS)}' };
  const rows = found.rows.filter((row) => row.${pick(random, WORDS)} > ${whole(random)});
  return { ${noun}, rows, next: rows.length < ${whole(random)} };
}
`;
    },
    join: asLines,
  },
  json: {
    blockLines: 7,
    block: (random, index) =>
      JSON.stringify(
        {
          id: index,
          name: sentence(random, 3),
          count: whole(random),
          open: random() < 0.5,
          kind: pick(random, WORDS),
        },
        null,
        2,
      ).replace(/^/gm, '    '),
    join: (blocks) => `{\n  "version": 1,\n  "entries": [\n${blocks.join(',\n')}\n  ]\n}\n`,
  },
  md: {
    blockLines: 8,
    block: (random, index) =>
      `## ${index}. ${sentence(random, 4)}

${sentence(random, 14)}
${sentence(random, 16)}

- ${sentence(random, 8)}
- ${sentence(random, 9)}
`,
    join: asLines,
  },
  yml: {
    blockLines: 7,
    block: (random, index) =>
      `${pick(random, WORDS)}_${index}:
  name: ${sentence(random, 3)}
  size: ${whole(random)}
  with:
    ${pick(random, WORDS)}: ${pick(random, WORDS)}
  steps:
    - ${sentence(random, 5)}`,
    join: (blocks) => `${blocks.join('\n')}\n`,
  },
  css: {
    blockLines: 6,
    block: (random, index) =>
      `.${pick(random, WORDS)}-${index} {
  margin: ${whole(random)}px ${whole(random)}px;
  color: rgb(${whole(random)} ${whole(random)} ${whole(random)});
  display: ${random() < 0.5 ? 'grid' : 'block'};
}
`,
    join: asLines,
  },
};

const FOLDERS = ['src', 'src/server', 'src/client', 'lib', 'packages/shop', 'packages/mail', 'web'];

const WORDS = (
  'order basket price stock parcel letter window folder signal branch report margin screen filter packet ' +
  'ticket record sample volume season garden bridge corner silver winter market travel memory engine station'
).split(' ');

function pick<T>(random: Random, list: readonly [T, ...T[]] | readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
}

const whole = (random: Random): number => Math.floor(random() * 256);

const sentence = (random: Random, words: number): string =>
  Array.from({ length: words }, () => pick(random, WORDS)).join(' ');
