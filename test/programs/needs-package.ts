import type { Program } from './program.ts';

/** A program in JavaScript whose tests can be run only where a package is installed. `lock`: its `package-lock.json`. */
export function needsPackage(program: Program, name: string, lock: string): Program {
  const { 'package.json': manifest = '{}' } = program.files;
  const { failing } = program;
  const needing = (test = ''): string => `import '${name}';\n${test}`;
  return {
    ...program,
    files: {
      ...program.files,
      'package.json': JSON.stringify({ ...JSON.parse(manifest), dependencies: { [name]: '1.0.0' } }),
      'package-lock.json': lock,
      [failing.path]: needing(program.files[failing.path]),
    },
    failing: { ...failing, content: needing(failing.content) },
  };
}
