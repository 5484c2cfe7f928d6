/** What a model may call a problem. Public: in ignores and in reports. */
export const MODEL_CATEGORIES = [
  'correctness',
  'security',
  'data-loss',
  'concurrency',
  'api-break',
  'missing-test',
  'other',
] as const;
