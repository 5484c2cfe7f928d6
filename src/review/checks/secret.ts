import type { Check } from '../check.ts';
import type { Place, Problem } from '../finding.ts';
import { addedPlaces } from './secret/added-places.ts';
import { completedKeys } from './secret/completed-keys.ts';
import { findSecrets } from './secret/find-secrets.ts';
import type { Certainty } from './secret/secret-span.ts';

/** Credentials in added lines: those of a published form are errors, values that only look like one warnings. */
export const secret: Check = {
  id: 'secret',
  summary: 'Passwords, tokens and private keys',
  severity: 'error',
  generatedToo: true,
  scope: 'files',
  async *run(files) {
    for (const file of files) {
      const spans = await findSecrets(file.addedText);
      if (spans.length > 0) {
        const placeOf = addedPlaces(file);
        for (const span of spans)
          yield { path: file.path, ...problem(span.name, placeOf(span), span.certainty) };
      }
      for (const { name, place } of await completedKeys(file)) {
        yield { path: file.path, ...problem(name, place, 'proven') };
      }
    }
  },
};

const problem = (name: string, place: Place, certainty: Certainty): Omit<Problem, 'path'> =>
  certainty === 'proven'
    ? {
        place,
        title: `${name} added`,
        body: 'Remove it from the commit and revoke it: it is already in the index.',
        secret: true,
      }
    : {
        place,
        title: `${name} added`,
        body: 'If it opens anything, remove it from the commit and revoke it: it is already in the index.',
        severity: 'warning',
        secret: true,
      };
