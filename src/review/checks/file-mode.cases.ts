import type { CaseFile, CheckCase } from './check-case.ts';

const executable = (after: string): CaseFile => ({ after, modeAfter: '100755' });
const carriage = (path: string) => ({ path, line: 1, title: 'Carriage return', severity: 'error' }) as const;
const inert = (path: string) =>
  ({ path, line: 1, title: 'Script is not executable', severity: 'warning' }) as const;
const noScript = (path: string) =>
  ({ path, title: 'Executable file is no script', severity: 'warning' }) as const;

export const cases: readonly CheckCase[] = [
  {
    name: 'a new script without the mode',
    change: { 'run.sh': '#!/bin/sh\n', 'bin/tool': '#! /usr/bin/env python3\n' },
    finds: [inert('run.sh'), inert('bin/tool')],
  },
  {
    name: 'a new first line',
    change: { 'run.sh': { before: 'echo\n', after: '#!/bin/sh\necho\n' } },
    finds: [inert('run.sh')],
  },
  {
    name: 'a carriage return',
    change: { 'run.sh': executable('#!/bin/sh\r\necho\r\n'), 'a.py': '#!/usr/bin/env python\r\n' },
    finds: [carriage('run.sh'), carriage('a.py')],
  },
  { name: 'both', change: { 'run.sh': '#!/bin/sh\r\n' }, finds: [carriage('run.sh'), inert('run.sh')] },
  {
    name: 'a new file with the mode',
    change: { 'README.md': executable('# x\n') },
    finds: [noScript('README.md')],
  },
  {
    name: 'the mode is new',
    change: { 'a.json': { before: '{}\n', modeBefore: '100644', after: '{}\n', modeAfter: '100755' } },
    finds: [noScript('a.json')],
  },
  {
    name: 'many at once are one finding',
    change: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((number) => [`a${number}.md`, executable('x\n')])),
    finds: [{ path: 'a1.md', title: 'like 6 others' }],
  },

  {
    name: 'a script with the mode',
    change: { 'run.sh': executable('#!/bin/sh\necho\n'), 'a.py': executable('#!/usr/bin/env python3\n') },
    finds: [],
  },
  { name: 'text without the mode', change: { 'a.md': '# x\n' }, finds: [] },
  {
    name: 'a script whose mode goes',
    change: {
      'run.sh': { before: '#!/bin/sh\n', modeBefore: '100755', after: '#!/bin/sh\n', modeAfter: '100644' },
    },
    finds: [],
  },
  {
    name: 'a script that becomes one',
    change: {
      'run.sh': { before: '#!/bin/sh\n', modeBefore: '100644', after: '#!/bin/sh\n', modeAfter: '100755' },
    },
    finds: [],
  },
  {
    name: 'a first line that changes',
    change: { 'lib.sh': { before: '#!/bin/sh\n', after: '#!/bin/bash\n' } },
    finds: [],
  },
  {
    name: 'it had the mode before',
    change: { 'a.md': { before: 'x\n', after: 'y\n', modeAfter: '100755' } },
    finds: [],
  },
  {
    name: 'an attribute of Rust',
    change: { 'src/lib': '#![no_std]\n', 'lib.rs': '#![allow(dead_code)]\r\n' },
    finds: [],
  },
  {
    name: 'what npm or an interpreter starts',
    change: {
      'src/cli.ts': '#!/usr/bin/env node\n',
      'bin/x.mjs': '#!/usr/bin/env node\n',
      'setup.py': '#!/usr/bin/env python\n',
    },
    finds: [],
  },
  {
    name: 'hooks of husky',
    change: { '.husky/pre-commit': '#!/bin/sh\n', '.husky/pre-push': executable('npm test\n') },
    finds: [],
  },
  { name: 'a template', change: { 'run.sh.j2': '#!/bin/sh\n', 'configure.in': '#!/bin/sh\n' }, finds: [] },
  {
    name: 'Windows',
    change: { 'a.bat': executable('@echo off\r\n'), 'b.ps1': executable('x\r\n') },
    finds: [],
  },
  { name: 'a binary', change: { 'bin/tool': executable('\x7fELF\0') }, finds: [] },
  { name: '#! on another line', change: { 'a.sh': 'x\n#!/bin/sh\r\n' }, finds: [] },
  {
    name: 'carriage returns, but not there',
    change: { 'a.sh': executable('#!/bin/sh\necho\r\n') },
    finds: [],
  },
  { name: 'what tests read', change: { 'test/fixtures/crlf.sh': '#!/bin/sh\r\n' }, finds: [] },
];
