/** A field that is asked for. */
export interface Field {
  readonly name: string;
  /** What it is called in the answer. */
  readonly key: string;
  readonly args: Readonly<Record<string, Value>>;
  readonly fields: readonly Selection[];
}

/** A field, or fields of one type only (`... on Bot { … }`). */
export type Selection = Field | { readonly onType: string; readonly fields: readonly Selection[] };

/** A literal, or the name of a variable. */
export type Value =
  | { readonly variable: string }
  | { readonly literal: unknown }
  | { readonly object: Readonly<Record<string, Value>> };

export interface Document {
  readonly kind: 'query' | 'mutation';
  readonly name: string | null;
  readonly variables: readonly {
    readonly name: string;
    readonly type: string;
    readonly hasDefault: boolean;
  }[];
  readonly fields: readonly Selection[];
}

/**
 * Reads one GraphQL operation (spec.graphql.org, "Document Syntax") without fragments by name and directives.
 * @throws SyntaxError
 */
export function parseDocument(source: string): Document {
  const tokens = [
    ...source.matchAll(/[_A-Za-z]\w*|-?\d+(?:\.\d+)?|"(?:[^"\\]|\\.)*"|\.\.\.|[!$(){}:[\]=@|]|#[^\n]*/g),
  ]
    .map(([token]) => token)
    .filter((token) => !token.startsWith('#'));
  let at = 0;
  const peek = () => tokens[at] ?? '';
  const next = () => tokens[at++] ?? '';
  const expect = (token: string) => {
    const found = next();
    if (found !== token) throw new SyntaxError(`Expected ${token}, got ${found === '' ? 'the end' : found}`);
  };
  const word = () => {
    const found = next();
    if (!/^[_A-Za-z]/.test(found)) throw new SyntaxError(`Expected a name, got ${found}`);
    return found;
  };

  const value = (): Value => {
    const token = next();
    if (token === '$') return { variable: word() };
    if (token === '{') {
      const object: Record<string, Value> = {};
      while (peek() !== '}') {
        const name = word();
        expect(':');
        object[name] = value();
      }
      expect('}');
      return { object };
    }
    if (/^["\d-]|^(true|false|null)$/.test(token)) return { literal: JSON.parse(token) };
    return { literal: token };
  };
  const args = (): Record<string, Value> => {
    const found: Record<string, Value> = {};
    if (peek() !== '(') return found;
    next();
    while (peek() !== ')') {
      const name = word();
      expect(':');
      found[name] = value();
    }
    next();
    return found;
  };
  const selections = (): Selection[] => {
    const found: Selection[] = [];
    expect('{');
    while (peek() !== '}') {
      if (peek() === '...') {
        next();
        expect('on');
        found.push({ onType: word(), fields: selections() });
        continue;
      }
      const first = word();
      let name = first;
      if (peek() === ':') {
        next();
        name = word();
      }
      found.push({ key: first, name, args: args(), fields: peek() === '{' ? selections() : [] });
    }
    next();
    return found;
  };
  const type = (): string => {
    if (peek() === '[') {
      next();
      const inner = type();
      expect(']');
      return `[${inner}]${bang()}`;
    }
    return `${word()}${bang()}`;
  };
  const bang = () => (peek() === '!' ? next() : '');

  let kind: Document['kind'] = 'query';
  let name: string | null = null;
  const variables: { name: string; type: string; hasDefault: boolean }[] = [];
  if (peek() !== '{') {
    const found = word();
    if (found !== 'query' && found !== 'mutation') throw new SyntaxError(`Unexpected ${found}`);
    kind = found;
    if (/^[_A-Za-z]/.test(peek())) name = word();
    if (peek() === '(') {
      next();
      while (peek() !== ')') {
        expect('$');
        const variable = word();
        expect(':');
        const declared = { name: variable, type: type(), hasDefault: false };
        if (peek() === '=') {
          next();
          value();
          declared.hasDefault = true;
        }
        variables.push(declared);
      }
      next();
    }
  }
  const fields = selections();
  if (at < tokens.length) throw new SyntaxError(`Unexpected ${peek()}`);
  return { kind, name, variables, fields };
}
