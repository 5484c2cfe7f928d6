import { record } from '../json-record.ts';
import { type Ecosystem, type LockKind, type Requirements, speaksForNoOther } from './ecosystem.ts';
import { scalarText, subTable, tomlTable } from './toml-table.ts';

const beside = (file: string, command: string): LockKind => ({ file, command, speaksFor: speaksForNoOther });

/** Where the requirements stand, by PEP 621, PEP 735 and the tools' own documentation. */
const PYPROJECT_SECTIONS = [
  ['project', 'requires-python'],
  ['project', 'dependencies'],
  ['project', 'optional-dependencies'],
  ['dependency-groups'],
  ['tool', 'poetry', 'dependencies'],
  ['tool', 'poetry', 'dev-dependencies'],
  ['tool', 'poetry', 'group'],
  ['tool', 'uv', 'dev-dependencies'],
  ['tool', 'uv', 'sources'],
  ['tool', 'pdm', 'dev-dependencies'],
];

/** `pyproject.toml`. Each of the lock files holds the requirements themselves or a hash of them. */
export const PYPROJECT: Ecosystem = {
  requirements: (text) => tomlRequirements(text, PYPROJECT_SECTIONS),
  locks: [
    beside('poetry.lock', 'poetry lock'),
    {
      file: 'uv.lock',
      command: 'uv lock',
      speaksFor: (lock, folder) =>
        ['editable', 'virtual', 'directory'].some((kind) => lock.includes(`{ ${kind} = "${folder}" }`)),
    },
    beside('pdm.lock', 'pdm lock'),
  ],
};

/** `Pipfile`. */
export const PIPFILE: Ecosystem = {
  requirements: (text) => tomlRequirements(text, [['packages'], ['dev-packages'], ['requires']]),
  locks: [beside('Pipfile.lock', 'pipenv lock')],
};

async function tomlRequirements(
  text: string,
  sections: readonly (readonly string[])[],
): Promise<Requirements | null> {
  const top = await tomlTable(text);
  if (top === null) return null;
  const found = sections.flatMap((path) => {
    const table = path.length === 1 ? top : subTable(top, ...path.slice(0, -1));
    return [...leaves(path.join('.'), table?.get(path.at(-1) ?? ''))];
  });
  return new Map(found);
}

/** Each value below a key, under its name and section; a requirement in a list (`name>=1`) under its name. */
function* leaves(section: string, value: unknown, depth = 0): Generator<[string, string]> {
  const table = record(value);
  if (Array.isArray(value)) {
    for (const item of value) {
      const text =
        typeof item === 'string'
          ? item.replace(/\s/g, '')
          : [...(record(item) ?? [])].map(([key, inner]) => `${key}=${scalarText(inner)}`).join();
      yield [`${/^[\w.-]+/.exec(text)?.[0] ?? text} of ${section}`, text];
    }
  } else if (table !== null && depth < 10) {
    for (const [key, inner] of table) {
      if (typeof inner === 'string') yield [`${key} of ${section}`, inner];
      else yield* leaves(`${section}.${key}`, inner, depth + 1);
    }
  } else if (value !== undefined) {
    yield [section, scalarText(value)];
  }
}
