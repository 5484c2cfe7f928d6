import { parse, TomlError } from 'smol-toml';
import { type SyntaxFailure, safeMessage } from './syntax-failure.ts';

/** TOML 1.0. The library refuses nesting deeper than a thousand by itself. */
export function parseToml(_path: string, text: string): SyntaxFailure | null {
  try {
    parse(text, { integersAsBigInt: true });
    return null;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { message, line, column } = error;
    return {
      message: safeMessage(message.replace('Invalid TOML document: ', '')),
      place: { startLine: line, endLine: line, startColumn: column },
    };
  }
}
