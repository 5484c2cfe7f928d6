import type { Check } from '../check.ts';
import type { Problem } from '../finding.ts';
import { addedText, placesIn } from './secret/added-text.ts';
import { completedKeys } from './secret/completed-keys.ts';
import { findSecrets } from './secret/find-secrets.ts';
import type { SecretSpan } from './secret/secret-span.ts';

/** Credentials in added lines: those of a published form are errors, values that only look like one warnings. */
export const secret: Check = {
  id: 'secret',
  summary: 'Passwords, tokens and private keys',
  severity: 'error',
  generatedToo: true,
  scope: 'files',
  async *run(files) {
    const spans = await findSecrets(addedText(files));
    if (spans.length > 0) {
      const placeOf = placesIn(files);
      for (const span of spans) {
        const { file, place } = placeOf(span);
        yield { path: file.path, place, ...telling(span) };
      }
    }
    for (const file of files) {
      for (const { name, place } of await completedKeys(file)) {
        yield { path: file.path, place, ...telling({ name, certainty: 'proven' }) };
      }
    }
  },
};

const telling = ({
  name,
  certainty,
}: Pick<SecretSpan, 'name' | 'certainty'>): Omit<Problem, 'path' | 'place'> =>
  certainty === 'proven'
    ? {
        title: `${name} added`,
        body: 'Remove it from the commit and revoke it: git has it already.',
        secret: true,
      }
    : {
        title: `${name} added`,
        body: 'If it opens anything, remove it from the commit and revoke it: git has it already.',
        severity: 'warning',
        secret: true,
      };
