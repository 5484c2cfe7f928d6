import { jsonRecord, stringEntries } from '../json-record.ts';
import { type Ecosystem, speaksForNoOther } from './ecosystem.ts';

/** `composer.json`: the lock file has a hash of it. */
export const COMPOSER: Ecosystem = {
  requirements(text) {
    const manifest = jsonRecord(text);
    if (manifest === null) return null;
    return new Map([
      ...stringEntries(manifest.get('require')),
      ...stringEntries(manifest.get('require-dev')),
    ]);
  },
  locks: [{ file: 'composer.lock', command: 'composer update --lock', speaksFor: speaksForNoOther }],
};

/** `Gemfile`: the lock file repeats each gem with its versions, but not its options. */
export const BUNDLER: Ecosystem = {
  requirements: (text) =>
    new Map(
      [
        ...text.matchAll(
          /^[ \t]{0,40}gem[ (]{1,4}["']([\w.-]{1,100})["'](,\s{0,9}["'][^"'\n]{1,40}["']){0,4}/gm,
        ),
      ].map(([all, name = '']) => [name, all.replace(/[\s"'(]/g, '')]),
    ),
  locks: [{ file: 'Gemfile.lock', command: 'bundle lock', speaksFor: speaksForNoOther }],
};

/** `mix.exs`: the lock file has names and versions. Dependencies by path are not in it. */
export const MIX: Ecosystem = {
  requirements: (text) =>
    new Map(
      [...text.matchAll(/^[ \t]{0,40}\{:(\w{1,100}),[ \t]{0,9}"([^"\n]{1,60})"/gm)].map(
        ([, name = '', range = '']) => [name, range],
      ),
    ),
  locks: [
    {
      file: 'mix.lock',
      command: 'mix deps.get',
      speaksFor: speaksForNoOther,
      lacks: (lock, { name, after }) => after !== null && !lock.includes(`"${name}": {`),
    },
  ],
};

/** `pubspec.yaml`: the lock file has names and versions. */
export const PUB: Ecosystem = {
  requirements(text) {
    const required = new Map<string, string>();
    let inside = false;
    for (const line of text.split('\n')) {
      if (/^\w/.test(line)) inside = /^(?:dev_)?dependencies:/.test(line);
      const [, name, range] = /^ {2}(\w{1,100}):[ \t]*(\S{0,60})/.exec(line) ?? [];
      if (inside && name !== undefined) required.set(name, range ?? '');
    }
    return required;
  },
  locks: [
    {
      file: 'pubspec.lock',
      command: 'dart pub get',
      speaksFor: speaksForNoOther,
      lacks: (lock, { name, after }) => after !== null && !lock.includes(`\n  ${name}:\n`),
    },
  ],
};
