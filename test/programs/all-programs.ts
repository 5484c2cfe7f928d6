import { awk } from './awk.ts';
import { c } from './c.ts';
import { javascript } from './javascript.ts';
import { perl } from './perl.ts';
import type { Program } from './program.ts';
import { python } from './python.ts';
import { shell } from './shell.ts';

export const PROGRAMS: readonly Program[] = [javascript, python, perl, shell, c, awk];
