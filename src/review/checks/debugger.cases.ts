import type { CheckCase } from './check-case.ts';

const error = (path: string, line = 1) => ({ path, line, severity: 'error' }) as const;
const warning = (path: string, line = 1) => ({ path, line, severity: 'warning' }) as const;

export const cases: readonly CheckCase[] = [
  {
    name: 'JavaScript',
    change: {
      'a.ts': 'function a() {\n  debugger;\n  if (b) debugger;\n  else debugger\n  c(); debugger;\n}\n',
    },
    finds: [2, 3, 4, 5].map((line) => error('a.ts', line)),
  },
  {
    name: 'a component',
    change: { 'a.vue': '<script>\nwatch(() => { debugger })\n</script>\n' },
    finds: [error('a.vue', 2)],
  },
  { name: 'CRLF', change: { 'a.ts': 'a();\r\ndebugger\r\n' }, finds: [error('a.ts', 2)] },
  {
    name: 'Python',
    change: { 'a.py': 'import pdb; pdb.set_trace()\n    breakpoint()\nimport ipdb\nif x: breakpoint()\n' },
    finds: [error('a.py', 1), error('a.py', 2), warning('a.py', 3), error('a.py', 4)],
  },
  {
    name: 'Ruby',
    change: {
      'a.rb': '  binding.pry\n  byebug\n  binding.irb if x\n  require "x"; debugger\n',
      'a.erb': '<% binding.pry %>\n',
    },
    finds: [...[1, 2, 3, 4].map((line) => error('a.rb', line)), error('a.erb')],
  },
  {
    name: 'PHP, Rust, Elixir, C#, Perl, R',
    change: {
      'a.php': '<?php\n    dd($user);\nxdebug_break();\n',
      'a.rs': 'let x = dbg!(y);\n',
      'a.ex': 'require IEx; IEx.pry()\n|> dbg()\n',
      'a.cs': 'Debugger.Launch();\n',
      'a.pl': '$DB::single = 1;\n',
      'a.R': '  browser()\n',
    },
    finds: [
      warning('a.php', 2),
      error('a.php', 3),
      warning('a.rs'),
      error('a.ex', 1),
      warning('a.ex', 2),
      warning('a.cs'),
      warning('a.pl'),
      warning('a.R'),
    ],
  },
  {
    name: 'after a string with an apostrophe and a regular expression',
    change: { 'a.js': 'const a = "don\'t";\nconst b = /[\'"]/;\ndebugger;\n' },
    finds: [error('a.js', 3)],
  },

  {
    name: 'it was there before',
    change: { 'a.ts': { before: 'debugger;\n', after: 'debugger;\na();\n' } },
    finds: [],
  },
  {
    name: 'printing',
    change: {
      'a.ts': 'console.log(a);\nconsole.trace(b);\n',
      'a.py': 'print(a)\n',
      'a.php': '<?php\nvar_dump($a);\n',
    },
    finds: [],
  },
  {
    name: 'part of a name, a key, a property',
    change: {
      'a.ts':
        "const debuggerUrl = a.debugger;\nconst o = { debugger: true };\nattachdebugger;\nif (x) { debuggers(); }\n'no-debugger';\n",
    },
    finds: [],
  },
  {
    name: 'comments and strings',
    change: {
      'a.ts':
        '// debugger;\n/* debugger; */\nconst a = "x; debugger;";\nconst b = `\ndebugger;\n`;\nconst c = /;debugger;/;\n',
      'a.py': '# breakpoint()\n"""\nbreakpoint()\n>>> pdb.set_trace()\n"""\n',
      'a.rb': "# binding.pry\ngem 'byebug'\n",
      'a.rs': '// dbg!(x)\nlet s = "dbg!(x)";\n',
    },
    finds: [],
  },
  {
    name: 'text between tags',
    change: { 'a.tsx': '<p>Attach the debugger</p>\n<p>\n  Start a debugger\n</p>\n' },
    finds: [],
  },
  { name: 'documentation', change: { 'README.md': 'debugger;\nbreakpoint()\nbinding.pry\n' }, finds: [] },
  {
    name: 'functions of the same name',
    change: {
      'a.py': 'def breakpoint():\nself.breakpoint()\nset_breakpoint()\nmedia.breakpoint("md")\n',
      'a.php': '<?php\n$this->dd($a);\nadd($b);\n',
      'a.rb': 'def byebug_port\nconfig.debugger = 1\nbinding.local_variables\n',
      'a.rs': 'macro_rules! my_dbg { }\nmy_dbg!(x);\n',
    },
    finds: [],
  },
  {
    name: 'a debugger that is part of the program',
    change: { 'a.py': 'from pdb import post_mortem\nimport pdbparse\n' },
    finds: [],
  },
  {
    name: 'only where one is attached',
    change: { 'a.cs': 'if (Debugger.IsAttached) Debugger.Break();\n' },
    finds: [],
  },
  { name: 'what tests read', change: { 'test/fixtures/a.js': 'debugger;\n' }, finds: [] },
  { name: 'it is removed', change: { 'a.ts': { before: 'debugger;\na();\n', after: 'a();\n' } }, finds: [] },
];
