/** One line of `.gitmodules` that sets something. */
export interface SubmoduleSetting {
  readonly name: string;
  /** In lower case. */
  readonly key: string;
  readonly value: string;
  /** Counts from 1. */
  readonly line: number;
}

/** The settings of all submodules, in order. The syntax is git-config(1)'s; a line that is none of it is passed over. */
export function parseGitmodules(text: string): SubmoduleSetting[] {
  const settings: SubmoduleSetting[] = [];
  let name: string | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const section = /^[ \t]{0,200}\[/.test(raw) ? raw.slice(raw.indexOf('[') + 1) : null;
    if (section !== null) {
      const [, quoted = null] = /^submodule[ \t]{1,200}"((?:[^"\\]|\\.){0,4096})"/i.exec(section) ?? [];
      name = quoted?.replace(/\\(.)/g, '$1') ?? null;
    }
    // A setting may stand behind its section, on the same line.
    const setting = section === null ? raw : section.slice(section.lastIndexOf(']') + 1);
    const equals = setting.indexOf('=');
    const key = setting.slice(0, equals).trim().toLowerCase();
    if (name === null || equals === -1 || !/^[a-z][a-z0-9-]*$/.test(key)) continue;
    settings.push({ name, key, value: parseValue(setting.slice(equals + 1)), line: index + 1 });
  }
  return settings;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b' };

/** Quotes may begin and end anywhere; `#` and `;` outside them begin a comment. */
function parseValue(raw: string): string {
  let value = '';
  let quoted = false;
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw.charAt(at);
    if (character === '"') quoted = !quoted;
    else if (character === '\\') {
      at += 1;
      value += ESCAPES[raw.charAt(at)] ?? raw.charAt(at);
    } else if (!quoted && (character === '#' || character === ';')) break;
    else value += character;
  }
  return value.trim();
}
