import type { Check } from './check.ts';
import { binaryFile } from './checks/binary-file.ts';
import { conflictMarker } from './checks/conflict-marker.ts';
import { debuggerStatement } from './checks/debugger.ts';
import { fileMode } from './checks/file-mode.ts';
import { focusedTest } from './checks/focused-test.ts';
import { forbiddenFile } from './checks/forbidden-file.ts';
import { invisibleText } from './checks/invisible-text.ts';
import { largeFile } from './checks/large-file.ts';
import { lockfile } from './checks/lockfile.ts';
import { policy } from './checks/policy.ts';
import { portablePath } from './checks/portable-path.ts';
import { secret } from './checks/secret.ts';
import { submodule } from './checks/submodule.ts';
import { supplyChain } from './checks/supply-chain.ts';
import { symlink } from './checks/symlink.ts';
import { syntax } from './checks/syntax.ts';
import { workflow } from './checks/workflow.ts';

/** Every check, in the order of `check-id`. */
export const allChecks: readonly Check[] = [
  secret,
  conflictMarker,
  focusedTest,
  debuggerStatement,
  invisibleText,
  largeFile,
  binaryFile,
  forbiddenFile,
  portablePath,
  symlink,
  fileMode,
  submodule,
  syntax,
  lockfile,
  supplyChain,
  workflow,
  policy,
];
