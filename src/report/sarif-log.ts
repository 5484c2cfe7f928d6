import * as z from 'zod/mini';
import { toDotPath } from 'zod/v4/core';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { sanitizeLine } from './sanitize.ts';

/** Writers differ in whether what they do not know is absent or null. */
const maybe = <T extends z.ZodMiniType>(schema: T) =>
  z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? undefined),
  );
/** -1 is how SARIF says "none". */
const index = maybe(z.int().check(z.minimum(-1)));
const dictionary = <T extends z.ZodMiniType>(schema: T) =>
  z.pipe(
    z.nullish(z.record(z.string(), schema)),
    z.transform((record) => new Map(Object.entries(record ?? {}))),
  );
const list = <T extends z.ZodMiniType>(schema: T) =>
  z.pipe(
    z.nullish(z.array(schema)),
    z.transform((items) => items ?? []),
  );

const multiformat = z.object({ text: maybe(z.string()) });
const artifactLocation = z.object({ uri: maybe(z.string()), uriBaseId: maybe(z.string()), index });
const region = z.object({
  startLine: maybe(z.int()),
  endLine: maybe(z.int()),
  startColumn: maybe(z.int()),
  endColumn: maybe(z.int()),
});
const rule = z.object({
  id: z.string(),
  shortDescription: maybe(multiformat),
  messageStrings: dictionary(multiformat),
  defaultConfiguration: maybe(z.object({ level: maybe(z.string()) })),
  helpUri: maybe(z.string()),
  properties: maybe(
    z.object({
      'security-severity': maybe(z.coerce.number()),
      tags: list(z.unknown()),
    }),
  ),
});
const component = z.object({
  name: maybe(z.string()),
  rules: list(rule),
  globalMessageStrings: dictionary(multiformat),
});
const result = z.object({
  ruleId: maybe(z.string()),
  ruleIndex: index,
  rule: maybe(z.object({ id: maybe(z.string()), index, toolComponent: maybe(z.object({ index })) })),
  kind: maybe(z.string()),
  level: maybe(z.string()),
  message: z.object({ text: maybe(z.string()), id: maybe(z.string()), arguments: list(z.string()) }),
  locations: list(
    z.object({
      physicalLocation: maybe(z.object({ artifactLocation: maybe(artifactLocation), region: maybe(region) })),
    }),
  ),
  suppressions: list(z.object({ status: maybe(z.string()) })),
  baselineState: maybe(z.string()),
});
const run = z.object({
  tool: z.object({ driver: component, extensions: list(component) }),
  originalUriBaseIds: dictionary(artifactLocation),
  artifacts: list(z.object({ location: maybe(artifactLocation) })),
  results: list(result),
});
const sarif = z.object({ version: z.literal('2.1.0'), runs: z.array(run) });

/** What is read of a SARIF 2.1.0 log. All the rest of it is ignored. */
export type SarifLog = z.infer<typeof sarif>;
export type Run = z.infer<typeof run>;
export type Result = z.infer<typeof result>;
export type Region = z.infer<typeof region>;
export type Rule = z.infer<typeof rule>;
export type Component = z.infer<typeof component>;
export type ArtifactLocation = z.infer<typeof artifactLocation>;

/** The log, checked. `file` is what errors call it. */
export function parseSarifLog(text: string, file: string): SarifLog {
  const problem = (what: string, cause?: unknown) =>
    new CodeAgentError(`${file}: ${what}`, {
      exitCode: EXIT.usage,
      advice: 'Give a SARIF 2.1.0 file as the tool wrote it.',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw problem(`not JSON: ${sanitizeLine(error instanceof Error ? error.message : String(error))}`, error);
  }
  const parsed = sarif.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = toDotPath(issue?.path ?? []) || 'the top level';
  const what = issue?.code === 'invalid_type' ? `expected ${issue.expected}` : 'is not what it should be';
  throw problem(`not SARIF 2.1.0: ${place}: ${what}`, parsed.error);
}
