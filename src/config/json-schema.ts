import * as z from 'zod/mini';
import { configSchema } from './schema.ts';

/** The JSON Schema of the configuration file, for editors. Draft 7 is what all of them know. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-07' });
  return {
    $schema,
    title: 'code-agent configuration',
    description: 'The file .code-agent.yml at the top of a repository.',
    ...schema,
  };
}
