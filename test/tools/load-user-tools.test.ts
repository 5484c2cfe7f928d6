import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createToolRegistry } from '../../src/agent/tool-registry.ts';
import { loadUserTools } from '../../src/tools/load-user-tools.ts';
import { tempFolder } from '../support/temp-repository.ts';

const ZOD = pathToFileURL(join(import.meta.dirname, '../../node_modules/zod/index.js')).href;
const ZOD_3 = pathToFileURL(join(import.meta.dirname, '../../node_modules/zod/v3/index.js')).href;

/** The files as modules on disk, with their own import of everything. */
function modules(...sources: string[]): string[] {
  const folder = tempFolder();
  return sources.map((source, index) => {
    const file = join(folder, `tools-${index}.mjs`);
    writeFileSync(file, source);
    return file;
  });
}
const importFile = (file: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(file).href);
const load = (...sources: string[]) => loadUserTools(modules(...sources), importFile, ['read_file']);

const LOOK_UP = `{
  name: 'look_up',
  description: 'Looks a word up.',
  inputSchema: {
    type: 'object',
    properties: { word: { type: 'string', minLength: 2, description: 'The word.' } },
    required: ['word'],
  },
  effect: 'read',
  run: async ({ word }, { signal }) => word + ' ' + signal.aborted,
}`;
const tool = (...changes: string[]) => `export default [{ ...${LOOK_UP}, ${changes.join(', ')} }];`;

async function use(source: string, name: string, input: unknown) {
  const { call } = createToolRegistry(await load(source), {
    decide: ({ paths }) => ({ decision: 'allow', reason: paths.join() || 'all may' }),
  });
  return call({ type: 'tool-call', id: '1', name, input }, new AbortController().signal);
}

describe('tools of a user', () => {
  it('with a JSON Schema are told, parsed and run as ours are', async () => {
    const source = `export default [${LOOK_UP}];`;
    const { specs } = createToolRegistry(await load(source), {
      decide: () => ({ decision: 'allow', reason: 'all may' }),
    });
    expect(specs).toEqual([
      {
        name: 'look_up',
        description: 'Looks a word up.',
        inputSchema: {
          type: 'object',
          properties: { word: { type: 'string', minLength: 2, description: 'The word.' } },
          required: ['word'],
          additionalProperties: false,
        },
      },
    ]);
    expect((await use(source, 'look_up', { word: 'anchor' })).result.content).toBe('anchor false');
    expect((await use(source, 'look_up', { word: 'a' })).result.content).toContain('- word: Too small');
    expect((await use(source, 'look_up', { word: 'ab', x: 1 })).result.content).toContain(
      'Unrecognized key: "x"',
    );
  });

  it('may come from a function, with a schema of zod, and say which paths they are about', async () => {
    const source = `
      import * as z from ${JSON.stringify(ZOD)};
      export default async () => [{
        ...${LOOK_UP},
        inputSchema: z.strictObject({ word: z.string().trim().describe('The word.') }),
        paths: ({ word }) => [word],
        run: ({ word }) => ({ content: word, details: { word }, more: 'Ask again.' }),
      }];`;
    expect(await use(source, 'look_up', { word: ' anchor ' })).toMatchObject({
      result: { content: 'anchor', isError: false },
      details: { word: 'anchor' },
      decision: { reason: 'anchor' },
    });
    expect((await use(source, 'look_up', { word: 1 })).outcome).toBe('invalid');
  });

  it('may tell the model that it did wrong; any other error is named with its file', async () => {
    const failing = (error: string) => tool(`run() { throw ${error}; }`);
    const { result } = await use(
      failing("Object.assign(new Error('no such word'), { name: 'ToolFailure' })"),
      'look_up',
      { word: 'ab' },
    );
    expect(result).toMatchObject({ content: 'no such word', isError: true });
    await expect(use(failing("new Error('broken')"), 'look_up', { word: 'ab' })).rejects.toMatchObject({
      name: 'CodeAgentError',
      message: expect.stringMatching(/tools-0\.mjs: tool look_up failed: broken$/),
    });
    await expect(use(tool('run: () => 42'), 'look_up', { word: 'ab' })).rejects.toThrow(
      /tools-0\.mjs: tool look_up answered neither/,
    );
  });

  const wrong: readonly [string, string, RegExp][] = [
    ['no such syntax', 'export default [', /it cannot be loaded \(.+\)$/],
    ['an error of its own', "throw new Error('at the top')", /it cannot be loaded \(at the top\)$/],
    [
      'a function that fails',
      "export default () => { throw new Error('in it') }",
      /cannot be loaded \(in it\)$/,
    ],
    ['no default export', 'export const tools = []', /its default export is neither an array of tools nor/],
    ['one tool, not in a list', `export default ${LOOK_UP}`, /its default export is neither/],
    ['what is no tool', 'export default [1]', /tool 1: it is no object$/],
    ['no name', tool('name: undefined'), /tool 1: name: expected a text$/],
    ['a bad name', tool("name: 'Look up'"), /tool Look up: "Look up" is no name of a tool$/],
    ['no description', tool("description: ''"), /tool look_up: description: expected a text/],
    ['no effect', tool("effect: 'none'"), /tool look_up: effect: expected one of read, report/],
    ['no schema', tool('inputSchema: null'), /tool look_up: inputSchema: expected a JSON Schema or a zod/],
    ['no function', tool('run: 1'), /tool look_up: run: expected a function$/],
    ['a key too many', tool('execute: 1'), /tool look_up: unknown key "execute"$/],
    ['a schema of no object', tool("inputSchema: { type: 'string' }"), /the input of look_up is no object$/],
    ['a schema that is none', tool("inputSchema: { type: 'text' }"), /tool look_up: Unsupported type: text$/],
    [
      'an open schema',
      tool("inputSchema: { type: 'object', additionalProperties: true }"),
      /lets unknown keys pass/,
    ],
    [
      'a schema of zod 3',
      `import { z } from ${JSON.stringify(ZOD_3)};\n${tool('inputSchema: z.object({})')}`,
      /tool look_up: inputSchema: a schema of zod 3/,
    ],
    [
      'a name twice',
      `export default [${LOOK_UP}, ${LOOK_UP}]`,
      /the name look_up is taken \(by .*tools-0\.mjs\)$/,
    ],
    ['a name of ours', tool("name: 'read_file'"), /the name read_file is taken \(by code-agent\)$/],
  ];
  for (const [name, source, message] of wrong) {
    it(`${name} is an error that names the file and what is wrong`, async () => {
      const failure = await load(source).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        name: 'CodeAgentError',
        exitCode: 2,
        message: expect.stringMatching(/^.*tools-0\.mjs: /),
      });
      expect(failure).toHaveProperty('message', expect.stringMatching(message));
    });
  }

  it('a file that is not there is named', async () => {
    await expect(loadUserTools(['/nowhere/tools.mjs'], importFile, [])).rejects.toThrow(
      /^\/nowhere\/tools\.mjs: it cannot be loaded/,
    );
  });
});
