import { execFileSync } from 'node:child_process';

/** What containers are made of here: any image with a shell, `timeout`, and node or bash. */
export const IMAGE =
  process.env['CODE_AGENT_TEST_IMAGE'] ?? `docker.io/library/node:${process.versions.node.split('.')[0]}`;

export interface Engine {
  readonly kind: 'docker' | 'podman';
  readonly program: string;
}

/** The engines that have that image. None is said: it is the fallback, so no CI must have one. */
export function findEngines(): Engine[] {
  const found = (['docker', 'podman'] as const).flatMap((kind) => {
    try {
      const program = execFileSync('which', [kind], { encoding: 'utf8', stdio: 'pipe' }).trim();
      execFileSync(program, ['image', 'inspect', IMAGE], { stdio: 'ignore' });
      return [{ kind, program }];
    } catch {
      return [];
    }
  });
  if (found.length === 0)
    console.warn(`NOT EXERCISED: sandbox: containers (no Docker or Podman with the image ${IMAGE})`);
  return found;
}
