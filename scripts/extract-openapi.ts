// node scripts/run.mjs scripts/extract-openapi.ts: cuts what test/support/github answers out of GitHub's published OpenAPI
// description. The package is fetched into a folder of its own, since it is 400 MB when unpacked.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { LOOPBACK_OPERATIONS } from '../test/support/github/loopback-operations.ts';

const PACKAGE = '@octokit/openapi@23.0.2';
const DESCRIPTION = 'package/generated/api.github.com.json';
const TARGET = 'test/support/github/openapi.json';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Words for people: nothing that is sent or answered depends on them. */
const WORDS = new Set([
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'tags',
  'x-github',
  'x-octokit',
  'x-github-breaking-changes',
  'title',
  'deprecated',
]);
/** Below these the keys are names of properties, of which one may be called `description`. */
const NAMED = new Set(['properties', 'schemas', 'parameters', 'responses', 'headers', 'patternProperties']);

const Node = z.record(z.string(), z.unknown());

const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
try {
  const [packed] = z
    .parse(
      z.array(z.object({ filename: z.string() })),
      JSON.parse(execFileSync('npm', ['pack', PACKAGE, '--json', '--silent'], { cwd: folder }).toString()),
    )
    .map(({ filename }) => filename.replaceAll('@', '').replaceAll('/', '-'));
  execFileSync('tar', ['xzf', packed ?? '', DESCRIPTION], { cwd: folder });
  const whole = z.parse(Node, JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8')));
  const cut = extract(whole);
  writeFileSync(TARGET, JSON.stringify(cut));
  execFileSync('npx', ['biome', 'format', '--write', TARGET]);
  process.stdout.write(`${TARGET}: ${LOOPBACK_OPERATIONS.length} operations\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The listed operations, with every component that they reach. */
function extract(whole: Record<string, unknown>): unknown {
  const wanted = new Set<string>(LOOPBACK_OPERATIONS);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [path, item] of Object.entries(z.parse(Node, whole['paths']))) {
    for (const method of METHODS) {
      const operation = z.safeParse(Node, z.parse(Node, item)[method]);
      if (!operation.success || !wanted.delete(String(operation.data['operationId']))) continue;
      paths[path] = { ...paths[path], [method]: withoutWords(operation.data) };
    }
  }
  if (wanted.size > 0) throw new Error(`not in ${PACKAGE}: ${[...wanted].join(', ')}`);
  const components: Record<string, Record<string, unknown>> = {};
  const queue: unknown[] = [paths];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    for (const [, kind = '', name = ''] of JSON.stringify(node).matchAll(
      /"#\/components\/([^/"]+)\/([^"]+)"/g,
    )) {
      if (components[kind]?.[name] !== undefined) continue;
      const found = withoutWords(
        z.parse(Node, z.parse(Node, z.parse(Node, whole['components'])[kind])[name]),
      );
      components[kind] = { ...components[kind], [name]: found };
      queue.push(found);
    }
  }
  return { openapi: whole['openapi'], 'x-extracted-from': PACKAGE, paths, components };
}

function withoutWords(node: unknown, areNames = false): unknown {
  if (Array.isArray(node)) return node.map((one) => withoutWords(one));
  const object = z.safeParse(Node, node);
  if (!object.success) return node;
  return Object.fromEntries(
    Object.entries(object.data)
      .filter(([key]) => areNames || !WORDS.has(key))
      .map(([key, value]) => [key, withoutWords(value, !areNames && NAMED.has(key))]),
  );
}
