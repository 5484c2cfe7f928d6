/** What kind of work a task is. */
export const TASK_TYPES = [
  'plan',
  'feature',
  'bugfix',
  'refactor',
  'test',
  'docs',
  'review',
  'design',
] as const;
export type TaskType = (typeof TASK_TYPES)[number];

/** Who carries a task out. */
export const personaOf = (type: TaskType): string =>
  type === 'test' ? 'tester' : type === 'docs' ? 'writer' : 'implementer';

const WORDS: readonly (readonly [TaskType, RegExp])[] = [
  ['docs', /\b(?:docs?|document(?:ation)?|readme|changelog|docstrings?)\b/i],
  ['bugfix', /\b(?:fix(?:es)?|bugs?|crash(?:es)?|broken|fails?|wrong(?:ly)?|regression|error|leaks?)\b/i],
  ['test', /\b(?:tests?|coverage)\b/i],
  ['refactor', /\b(?:refactor|clean ?up|rename|extract|simplify|split|move)\b/i],
];

/** What a request in free text is likely to be. */
export const guessType = (request: string): TaskType =>
  WORDS.find(([, words]) => words.test(request))?.[0] ?? 'feature';
