import { type Ecosystem, speaksForNoOther } from './ecosystem.ts';

/** `go.mod`. The build stops at a required version that `go.sum` has no hash of; what is replaced needs none. */
export const GO: Ecosystem = {
  requirements(text) {
    const required = new Map<string, string>();
    const replaced: string[] = [];
    let block = '';
    for (const line of text.split('\n')) {
      const words = line.split('//', 1)[0]?.trim().split(/\s+/, 5) ?? [];
      if (words[1] === '(') block = words[0] ?? '';
      else if (words[0] === ')') block = '';
      else {
        const [directive, module = '', version = ''] = block === '' ? words : [block, ...words];
        if (directive === 'require') required.set(module, version);
        if (directive === 'replace') replaced.push(module);
      }
    }
    for (const module of replaced) required.delete(module);
    return required;
  },
  locks: [
    {
      file: 'go.sum',
      command: 'go mod tidy',
      speaksFor: speaksForNoOther,
      lacks: (sum, { name, after }) =>
        after !== null && !sum.includes(`${name} ${after} `) && !sum.includes(`${name} ${after}/go.mod `),
    },
  ],
};
