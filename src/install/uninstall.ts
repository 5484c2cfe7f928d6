import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withoutHooks } from './arrange.ts';
import { writeFiles } from './file-entry.ts';
import { writeConfigHooks } from './git-settings.ts';
import { readSurroundings, recordFile, shownPath } from './surroundings.ts';

export interface UninstallReport {
  /** Absolute. */
  readonly topLevel: string;
  /** The files that were changed or removed, from the top level, or absolute outside of it. */
  readonly files: readonly string[];
  /** The hooks taken out of git's configuration. */
  readonly configHooks: readonly string[];
}

/** Takes every hook of ours out of the repository that `cwd` is in, and leaves the rest byte for byte. */
export async function uninstall({
  cwd,
  env,
  packageFolder,
}: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  packageFolder: string;
}): Promise<UninstallReport> {
  const around = await readSurroundings(cwd, packageFolder, env);
  const { settings } = around;
  const files = await writeFiles(
    around.files,
    withoutHooks(around, () => true),
  );
  await writeConfigHooks(settings, new Map(), env);
  await removeIfEmpty(dirname(recordFile(settings)));
  return {
    topLevel: settings.topLevel,
    files: files
      .filter((path) => path !== recordFile(settings))
      .map((path) => shownPath(settings.topLevel, path)),
    configHooks: [...settings.configHooks.keys()],
  };
}

/** Other commands may keep their own files there. */
async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
