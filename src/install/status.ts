import { type FoundHook, findHooks } from './find-hooks.ts';
import { readSurroundings } from './surroundings.ts';

export interface StatusReport {
  /** Absolute. */
  readonly topLevel: string;
  readonly gitVersion: string;
  /** Every place that is meant to run a hook, whether git gets there or not. */
  readonly hooks: readonly FoundHook[];
}

/** Which hooks are in effect in the repository that `cwd` is in, and where. */
export async function status({
  cwd,
  env,
  packageFolder,
}: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  packageFolder: string;
}): Promise<StatusReport> {
  const around = await readSurroundings(cwd, packageFolder, env);
  const { topLevel, version } = around.settings;
  return { topLevel, gitVersion: version.text, hooks: findHooks(around) };
}
