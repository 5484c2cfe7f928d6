import type { Snapshot } from '../change/snapshot.ts';

/** How the tests of a repository are run. */
export interface TestCommand {
  /** For `sh -c`, at the top. */
  readonly command: string;
  /** The file that says so. */
  readonly because: string;
}

/** What npm writes into a new package.json. */
const NO_TESTS = /no test specified/;

/**
 * How the tests are run, by what stands at the top of the tree: null when nothing says it. What is found is a guess, and is
 * shown before it is run.
 */
export async function findTests(tree: Snapshot): Promise<TestCommand | null> {
  const names = new Set((await tree.list('')).map(({ name }) => name));
  const text = async (path: string): Promise<string> => (await tree.read(path))?.toString() ?? '';
  const found = (command: string, because: string): TestCommand => ({ command, because });

  if (names.has('package.json')) {
    const script = scriptOf(await text('package.json'), 'test');
    if (script !== null && !NO_TESTS.test(script))
      return found(`${packageManager(names)} test`, 'package.json');
  }
  if (names.has('Cargo.toml')) return found('cargo test', 'Cargo.toml');
  if (names.has('go.mod')) return found('go test -v ./...', 'go.mod');
  for (const file of ['pyproject.toml', 'pytest.ini', 'tox.ini', 'setup.cfg']) {
    if (names.has(file) && /pytest/.test(await text(file))) return found('python3 -m pytest -q', file);
  }
  if (names.has('pytest.ini') || names.has('conftest.py'))
    return found('python3 -m pytest -q', 'conftest.py');
  if (names.has('setup.py') || names.has('pyproject.toml'))
    return found('python3 -m unittest discover', names.has('setup.py') ? 'setup.py' : 'pyproject.toml');
  for (const file of ['GNUmakefile', 'Makefile', 'makefile']) {
    const target = /^(test|check)[ \t]*:(?!=)/m.exec(names.has(file) ? await text(file) : '')?.[1];
    if (target !== undefined) return found(`make ${target}`, file);
  }
  if (names.has('.rspec')) return found('rspec', '.rspec');
  if (names.has('Rakefile')) return found('rake test', 'Rakefile');
  if (names.has('phpunit.xml') || names.has('phpunit.xml.dist'))
    return found('vendor/bin/phpunit', 'phpunit.xml');
  if (names.has('pom.xml')) return found('mvn -o -q test', 'pom.xml');
  if (names.has('gradlew')) return found('./gradlew --offline test', 'gradlew');
  if (names.has('mix.exs')) return found('mix test', 'mix.exs');
  return null;
}

function scriptOf(text: string, name: string): string | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const scripts = isRecord(parsed) ? parsed['scripts'] : null;
    const script = isRecord(scripts) ? scripts[name] : null;
    return typeof script === 'string' && script.trim() !== '' ? script : null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function packageManager(names: ReadonlySet<string>): string {
  if (names.has('pnpm-lock.yaml')) return 'pnpm';
  if (names.has('yarn.lock')) return 'yarn';
  return names.has('bun.lock') || names.has('bun.lockb') ? 'bun run' : 'npm';
}
