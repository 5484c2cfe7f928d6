// npm run generate: writes what is made from the sources. test/generated.test.ts asserts that it is current.
import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { renderCheckDocs } from '../src/report/check-docs.ts';
import { reviewJsonSchema } from '../src/report/review-schema.ts';
import { allChecks } from '../src/review/all-checks.ts';

await writeFile('schema/config.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
await writeFile('schema/review.schema.json', reviewJsonSchema());
await writeFile('docs/checks.md', renderCheckDocs(allChecks));
