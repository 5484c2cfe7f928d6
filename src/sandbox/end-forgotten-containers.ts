import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { askProgram } from './ask-program.ts';
import { FOLDER_LABEL } from './container-arguments.ts';
import { engineEnvironment } from './engine-environment.ts';
import { findProgram } from './find-program.ts';

/** How an engine is asked for the folder of a container. */
const FOLDER = {
  docker: `{{.Label "${FOLDER_LABEL}"}}`,
  podman: `{{index .Labels "${FOLDER_LABEL}"}}`,
};

/**
 * What `endForgotten` does, for containers: ends those of folders below `top` of which `isForgotten` says so, by their names, and takes
 * away what is left of those that have ended. Does nothing where there is no engine that answers, or no `top`.
 *
 * `env`: our own; the engines are found by it.
 */
export async function endForgottenContainers(
  env: NodeJS.ProcessEnv,
  top: string,
  isForgotten: (name: string) => boolean,
): Promise<void> {
  await Promise.all(
    (['docker', 'podman'] as const).map(async (kind) => {
      const program = findProgram(kind, env);
      if (program === null) return;
      const ask = (...args: string[]): Promise<string> => askProgram(program, args, engineEnvironment(env));
      try {
        const below = `${realpathSync(top)}${sep}`;
        const format = ['--format', `{{.ID}} ${FOLDER[kind]}`];
        const found = await ask('ps', '--all', '--filter', `label=${FOLDER_LABEL}`, ...format);
        const ids = found.split('\n').flatMap((line) => {
          const [, id = '', folder = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
          const name = folder.startsWith(below) ? (folder.slice(below.length).split(sep)[0] ?? '') : '';
          return name !== '' && isForgotten(name) ? [id] : [];
        });
        if (ids.length === 0) return;
        // Podman's `rm` asks first, and waits ten seconds for an answer.
        await ask('kill', '--signal', 'KILL', ...ids).catch(() => undefined);
        await ask('rm', '--force', '--volumes', ...ids);
      } catch {
        // There are none that anybody could end.
      }
    }),
  );
}
