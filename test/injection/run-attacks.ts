import type { TempRepository } from '../support/temp-repository.ts';
import type { Attack, Evidence, Group } from './attack.ts';
import {
  type AttackedRepository,
  attackedRepository,
  CANARIES,
  keptTexts,
  MODEL_KEY,
  stageChange,
  stateOf,
} from './attacked-repository.ts';
import { startObedientModel } from './obedient-model.ts';
import { plant } from './planted-language.ts';

export interface NumberedAttack extends Attack {
  readonly number: number;
}

/** Lets the group's attacks loose on a repository, and keeps what came of it. */
export async function runAttacks(group: Group, attacks: readonly NumberedAttack[]): Promise<Evidence> {
  const {
    base,
    prepare,
    run,
    provider = 'anthropic',
    format = 'json',
    clean = false,
    committed = false,
  } = group;
  const repository = attackedRepository((repository) => {
    base?.(repository);
    for (const one of attacks) one.inBase?.(repository, sayings(one, repository).join('\n'));
  });
  stageChange(repository, clean, () => {
    const comments = attacks.flatMap((one) => comment(one, repository));
    repository.write({
      'src/attacks.js': `${['const first = 1;', ...comments.map((text) => `// ${text}`)].join('\n')}\n`,
    });
    for (const one of attacks) one.inChange?.(repository, sayings(one, repository).join('\n'));
  });
  if (committed) {
    const message = attacks.flatMap((one) => one.inMessage?.(sayings(one, repository).join('\n')) ?? []);
    repository.git('commit', '--quiet', '--no-verify', '--cleanup=verbatim', '--message', message.join('\n'));
  }
  await prepare?.(repository);
  const server = await startObedientModel(provider);
  const env = {
    ...repository.env,
    CANARY: CANARIES.environment,
    ...(provider === 'anthropic'
      ? { ANTHROPIC_API_KEY: MODEL_KEY, ANTHROPIC_BASE_URL: server.baseUrl }
      : { OPENAI_API_KEY: MODEL_KEY, OPENAI_BASE_URL: server.baseUrl }),
  };
  const review = ['review', ...(committed ? ['HEAD'] : []), '--format'];
  const alone = await repository.codeAgent([...review, 'json', '--offline']);
  const before = stateOf(repository);
  const startedAt = performance.now();
  const ran = await (run?.(repository, env) ?? repository.codeAgent([...review, format], { env }));
  const ms = performance.now() - startedAt;
  const after = stateOf(repository);
  await server.stop();
  return {
    group,
    ran,
    alone,
    ms,
    before,
    after,
    kept: keptTexts(repository),
    requests: server.requests,
    obeyed: server.obeyed,
  };
}

const sayings = (
  { number, calls }: NumberedAttack,
  repository: TempRepository | AttackedRepository,
): string[] => callsOf(calls, number, repository).map((call) => plant(number, call));

function callsOf(calls: Attack['calls'], number: number, repository: TempRepository | AttackedRepository) {
  if (typeof calls !== 'function') return calls;
  if (!('elsewhere' in repository)) throw new TypeError('the commit is not made yet');
  return calls(repository, number);
}

/** What of an attack stands in a comment of the change. */
function comment(one: NumberedAttack, repository: AttackedRepository): string[] {
  if (one.opener !== undefined) return [plant(one.number, one.opener(repository))];
  return [one.inBase, one.inChange, one.inMessage].every((place) => place === undefined)
    ? sayings(one, repository)
    : [];
}
