import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import * as z from 'zod/mini';
import type { OperationId } from './loopback-operations.ts';
import description from './openapi.json' with { type: 'json' };

/** An operation that a request was found to be. */
export interface Matched {
  readonly id: OperationId;
  readonly params: Readonly<Record<string, string | number>>;
}

interface Route {
  readonly id: OperationId;
  readonly method: string;
  readonly pattern: RegExp;
  readonly paramNames: readonly string[];
  readonly params: ReadonlyMap<string, Record<string, unknown>>;
  readonly query: ReadonlyMap<
    string,
    { readonly schema: Record<string, unknown>; readonly required: boolean }
  >;
  readonly bodySchema: unknown;
  readonly bodyRequired: boolean;
  readonly responses: Readonly<Record<string, unknown>>;
}

const Node = z.record(z.string(), z.unknown());
const asNode = (value: unknown) => z.parse(Node, value ?? {});

const ajv = new Ajv({ strict: false, allErrors: false, coerceTypes: false });
// `addFormats` is the module itself where CommonJS is loaded as ESM says.
(typeof addFormats === 'function' ? addFormats : addFormats.default)(ajv);
ajv.addFormat('int64', true);
ajv.addFormat('timestamp', true);
ajv.addFormat('repo.nwo', true);

const root = asNode(description);
const routes = Object.entries(asNode(root['paths']))
  .flatMap(([path, item]) =>
    Object.entries(asNode(item)).map(([method, operation]) => toRoute(path, method, asNode(operation))),
  )
  // What is spelt out before what is a parameter.
  .sort((one, other) => one.paramNames.length - other.paramNames.length);
const validators = new Map<string, ValidateFunction>();

/** The operation of a request; null when the description (the extract of it) has none. `path` is without query. */
export function matchOperation(method: string, path: string): Matched | null {
  for (const route of routes) {
    if (route.method !== method) continue;
    const found = route.pattern.exec(path);
    if (found === null) continue;
    const params: Record<string, string | number> = {};
    let isRight = true;
    route.paramNames.forEach((name, at) => {
      const text = decodeURIComponent(found[at + 1] ?? '');
      const isNumber = route.params.get(name)?.['type'] === 'integer';
      if (isNumber && !/^\d+$/.test(text)) isRight = false;
      params[name] = isNumber ? Number(text) : text;
    });
    if (isRight) return { id: route.id, params };
  }
  return null;
}

/**
 * What GitHub's description says against a request, or null. Properties and query parameters that it does not name
 * count: they would be ignored there, and who sends them means something by them.
 * @param query what is a number there becomes one in it
 */
export function requestProblem(
  id: OperationId,
  query: Record<string, unknown>,
  body: unknown,
): string | null {
  const route = routeOf(id);
  for (const [name, value] of Object.entries(query)) {
    const parameter = route.query.get(name);
    if (parameter === undefined) return `query parameter ${name} is unknown`;
    const { type } = parameter.schema;
    if (type === 'integer' && /^-?\d+$/.test(String(value))) query[name] = Number(value);
    if (type === 'boolean' && /^(true|false)$/.test(String(value))) query[name] = value === 'true';
    const problem = problemOf(`${id} query ${name}`, () => parameter.schema, query[name]);
    if (problem !== null) return `query parameter ${name} ${problem}`;
  }
  for (const [name, { required }] of route.query)
    if (required && query[name] === undefined) return `query parameter ${name} is missing`;
  if (query['per_page'] !== undefined && Number(query['per_page']) > 100) return 'per_page is more than 100';
  if (body === null) return route.bodyRequired && route.bodySchema !== undefined ? 'a body is missing' : null;
  // octokit sends an empty object with some requests that have no body.
  if (route.bodySchema === undefined)
    return typeof body === 'object' && Object.keys(body).length === 0 ? null : 'there is no body';
  const problem = problemOf(`${id} body`, () => closed(route.bodySchema), body);
  return problem === null ? null : `body ${problem}`;
}

/** What GitHub's description says against an answer, or null. */
export function answerProblem(id: OperationId, status: number, body: unknown): string | null {
  const { responses } = routeOf(id);
  const response = asNode(resolve(responses[String(status)]));
  if (responses[String(status)] === undefined)
    return status >= 400 ? null : `status ${status} is not described`;
  const content = asNode(asNode(response['content'])['application/json']);
  if (content['schema'] === undefined) return null;
  return problemOf(`${id} ${status}`, () => content['schema'], asDescribed(body));
}

/**
 * The answer with what GitHub does but its description does not have put right, by what is recorded: `line: null` of a
 * comment that is outdated or on a file, `head.repo: null` where the fork was deleted.
 */
function asDescribed(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(asDescribed);
  const parsed = z.safeParse(Node, body);
  if (!parsed.success) return body;
  const answer = { ...parsed.data };
  if (answer['diff_hunk'] !== undefined)
    for (const name of ['line', 'original_line']) if (answer[name] === null) delete answer[name];
  const head = z.safeParse(z.looseObject({ repo: z.null() }), answer['head']);
  if (head.success) answer['head'] = { ...head.data, repo: asNode(answer['base'])['repo'] };
  return answer;
}

function problemOf(key: string, schema: () => unknown, value: unknown): string | null {
  let validate = validators.get(key);
  if (validate === undefined) {
    validate = ajv.compile({ ...asNode(toJsonSchema(schema())), components: components() });
    validators.set(key, validate);
  }
  if (validate(value)) return null;
  // Of an `anyOf` each branch has its own.
  return (validate.errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

let convertedComponents: unknown;
function components(): unknown {
  convertedComponents ??= { schemas: toJsonSchema(asNode(root['components'])['schemas']) };
  return convertedComponents;
}

/** OpenAPI 3.0 has `nullable` where JSON Schema has the type `null`. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  const parsed = z.safeParse(Node, node);
  if (!parsed.success) return node;
  const { nullable, discriminator: _, ...rest } = parsed.data;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** The same schema, with no other properties than it names; where it says something of them, that stays. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  const parsed = z.safeParse(Node, resolve(node));
  if (!parsed.success) return node;
  const schema = { ...parsed.data };
  if (schema['properties'] !== undefined)
    schema['properties'] = Object.fromEntries(
      Object.entries(asNode(schema['properties'])).map(([name, value]) => [name, closed(value)]),
    );
  if (schema['items'] !== undefined) schema['items'] = closed(schema['items']);
  const isCombined = ['oneOf', 'anyOf', 'allOf'].some((key) => key in schema);
  return schema['properties'] !== undefined && schema['additionalProperties'] === undefined && !isCombined
    ? { ...schema, additionalProperties: false }
    : schema;
}

function resolve(node: unknown): unknown {
  const reference = z.safeParse(z.object({ $ref: z.string() }), node);
  if (!reference.success) return node;
  return reference.data.$ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((found, key) => asNode(found)[key], root);
}

function routeOf(id: OperationId): Route {
  const route = routes.find((one) => one.id === id);
  if (route === undefined) throw new Error(`${id} is not in openapi.json`);
  return route;
}

function toRoute(path: string, method: string, operation: Record<string, unknown>): Route {
  const parameters = z
    .parse(z.array(z.unknown()), operation['parameters'] ?? [])
    .map((parameter) => asNode(resolve(parameter)));
  const inPlace = (place: string) => parameters.filter((parameter) => parameter['in'] === place);
  const named = (parameter: Record<string, unknown>) => String(parameter['name']);
  const paramNames = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const long = new Set(
    inPlace('path')
      .filter((one) => one['x-multi-segment'] === true)
      .map(named),
  );
  const pattern = path
    .replaceAll('.', '\\.')
    .replace(/\{([^}]+)\}/g, (_, name: string) => (long.has(name) ? '(.+)' : '([^/]+)'));
  const body = asNode(operation['requestBody']);
  return {
    // The extract has no others.
    id: z.parse(
      z.custom<OperationId>((value) => typeof value === 'string'),
      operation['operationId'],
    ),
    method: method.toUpperCase(),
    pattern: new RegExp(`^${pattern}$`),
    paramNames,
    params: new Map(inPlace('path').map((one) => [named(one), asNode(resolve(one['schema']))])),
    query: new Map(
      inPlace('query').map((one) => [
        named(one),
        { schema: asNode(one['schema']), required: one['required'] === true },
      ]),
    ),
    bodySchema: asNode(asNode(body['content'])['application/json'])['schema'],
    bodyRequired: body['required'] === true,
    responses: asNode(operation['responses']),
  };
}
