import { ToolFailure } from '../agent/tool.ts';

/**
 * Throws a ToolFailure for bytes that are no text in UTF-8, or in something that has ASCII in it: they hold a NUL, or say
 * that they are UTF-16. Bytes that are no UTF-8 may be among them: what is not edited stays as it is.
 */
export function checkEditable(name: string, bytes: Buffer): void {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new ToolFailure(`${name} is in UTF-16: only files in UTF-8 can be edited.`);
  if (bytes.includes(0)) throw new ToolFailure(`${name} is binary: it cannot be edited as text.`);
}
