// npm run schema: writes the JSON Schemas that the package publishes. Tests assert that they are current.
import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { reviewJsonSchema } from '../src/report/review-schema.ts';

await writeFile('schema/config.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
await writeFile('schema/review.schema.json', reviewJsonSchema());
