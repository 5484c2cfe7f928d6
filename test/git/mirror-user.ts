import { createMirrors } from '../../src/git/mirrors.ts';
import { KEY } from './mirrored-repository-key.ts';

// One of several processes that use a mirror: <folder> <url> <head> <base> [hold]. Says what it has, or how it failed; `hold`
// keeps it until the input ends.
const [, , folder = '', url = '', head = '', sha = '', hold] = process.argv;
const mirrors = createMirrors({ folder, maxBytes: 1e9, env: { PATH: process.env['PATH'] }, waitMs: 60_000 });
const signal = new AbortController().signal;
const wanted = { key: KEY, url, token: null, number: 7, head, base: { ref: 'main', sha }, signal };
await mirrors
  .withPullRequest(wanted, async ({ range }) => {
    process.stdout.write(`${range}\n`);
    if (hold === 'hold') for await (const _ of process.stdin);
  })
  .catch((error: unknown) => {
    const { kind, message } = error as { kind?: string; message: string };
    process.stdout.write(`${kind}: ${message}\n`);
  });
