import { createHash } from 'node:crypto';

/** A piece of a prompt, in the order in which the Messages API takes them: tools, system, messages. */
export interface PromptBlock {
  readonly text: string;
  /** Whether a `cache_control` stands behind it. */
  readonly breakpoint: boolean;
}

/** Tokens of one prompt. `input`: neither read from nor written to the cache. */
export interface PromptUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface PromptCache {
  /** What a prompt costs. `keep` makes it known to those that come later: to be called when its answer begins. */
  lookUp(blocks: readonly PromptBlock[]): { readonly usage: PromptUsage; keep(): void };
  clear(): void;
}

/** From a breakpoint so many blocks are looked at for what was kept. */
const LOOK_BACK = 20;
/** Of a Claude Sonnet: less is not kept. */
const LEAST_TOKENS = 1024;

const tokensOf = (characters: number): number => Math.ceil(characters / 3);

/**
 * Counts as Anthropic's prompt caching does: what was sent before, byte for byte and up to a breakpoint, is read; what
 * follows, up to the last breakpoint, is written. platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function createPromptCache(): PromptCache {
  const kept = new Set<string>();
  return {
    lookUp(blocks) {
      const ends = endsOf(blocks);
      const marks = ends.flatMap((_, at) => (blocks[at]?.breakpoint ? [at] : []));
      const read = marks
        .flatMap((mark) => ends.slice(Math.max(0, mark - LOOK_BACK + 1), mark + 1))
        .filter(({ hash }) => kept.has(hash))
        .reduce((most, { tokens }) => Math.max(most, tokens), 0);
      const total = ends.at(-1)?.tokens ?? 0;
      const last = ends[marks.at(-1) ?? -1]?.tokens ?? 0;
      const written = last >= LEAST_TOKENS ? Math.max(last, read) : read;
      return {
        usage: { cacheRead: read, cacheWrite: written - read, input: total - written },
        keep() {
          for (const mark of marks) {
            const end = ends[mark];
            if (end !== undefined && end.tokens >= LEAST_TOKENS) kept.add(end.hash);
          }
        },
      };
    },
    clear: () => kept.clear(),
  };
}

/** Behind each block: the hash and the tokens of everything up to there. */
function endsOf(blocks: readonly PromptBlock[]): { hash: string; tokens: number }[] {
  const hash = createHash('sha256');
  let characters = 0;
  return blocks.map(({ text }) => {
    hash.update(`${text.length}\0${text}`);
    characters += text.length;
    return { hash: hash.copy().digest('hex'), tokens: tokensOf(characters) };
  });
}

/** The share of the prompts, in order, that an earlier one begins with as well: what any cache could know at best. */
export function sharedShare(prompts: readonly string[]): number {
  const shared = prompts.map((prompt, index) =>
    prompts.slice(0, index).reduce((most, earlier) => longerBeginning(prompt, earlier, most), 0),
  );
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return sum(shared) / sum(prompts.map(({ length }) => length));
}

/** How many characters two texts begin with alike, if they are more than `least`; else `least`. */
function longerBeginning(one: string, other: string, least: number): number {
  if (!other.startsWith(one.slice(0, least + 1))) return least;
  let [low, high] = [least, Math.min(one.length, other.length)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (other.startsWith(one.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}
