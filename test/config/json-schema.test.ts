import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { configSchema, knownKeys } from '../../src/config/schema.ts';
import { CHECK_IDS } from '../../src/review/check-id.ts';

interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** Every schema node with the path to it. */
function* nodes(
  node: SchemaNode,
  path: (string | number)[] = [],
): Generator<[(string | number)[], SchemaNode]> {
  yield [path, node];
  for (const [key, inner] of Object.entries(node.properties ?? {})) yield* nodes(inner, [...path, key]);
  if (node.items !== undefined) yield* nodes(node.items, [...path, 0]);
}

describe('the published schema', () => {
  const all = [...nodes(configJsonSchema())];

  it('is the checked-in file', async () => {
    const file = await readFile('schema/config.schema.json', 'utf8');
    expect(file).toBe(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  });

  it('describes every key', () => {
    const keys = all.filter(([path]) => typeof path.at(-1) === 'string');
    expect(keys.length).toBeGreaterThan(2 * CHECK_IDS.length);
    for (const [path, { description }] of keys)
      expect(description, path.join('.')).toMatch(/^[A-Z].*\.$|"\.$/);
  });

  it('has every key of the schema that reads files, and no other', () => {
    const mappings = all.filter(([, { properties }]) => properties !== undefined);
    expect(mappings).toHaveLength(19);
    for (const [path, { properties = {}, additionalProperties }] of mappings) {
      expect(additionalProperties, path.join('.')).toBe(false);
      expect(Object.keys(properties), path.join('.')).toEqual(knownKeys(path));
    }
    expect(knownKeys([])).toEqual(Object.keys(configSchema.shape));
    expect(knownKeys(['paths', 3, 'checks'])).toEqual([...CHECK_IDS]);
  });
});
