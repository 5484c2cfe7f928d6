/**
 * oxc descends recursively and checks no limit: deep nesting overflows the stack and kills the process (oxc 0.151:
 * 3,500 decorators, 5,400 templates or 5,900 parentheses are enough for Linux's 8 MiB; 0.158 needs a third of that for
 * some). No text is nested deeper than it has characters that can nest, so their number times what one of them was
 * measured to cost bounds the stack from above, whatever the text.
 */
const BYTES_PER_LEVEL = new Uint16Array(128);
const COSTS = { '{': 1800, '(': 1600, '[': 1600, '`': 1700, '<': 1400, '=': 900, '?': 650, ':': 450 };
for (const character of '@!~+-*/%&|^.') BYTES_PER_LEVEL[character.charCodeAt(0)] = 300;
for (const [character, bytes] of Object.entries(COSTS)) BYTES_PER_LEVEL[character.charCodeAt(0)] = bytes;

/** Words that nest without any of those characters: `new new new a`, `else`, `class A extends class B extends …`. */
const NESTING_WORD =
  /\b(?:new|await|yield|typeof|void|delete|keyof|readonly|unique|infer|do|else|extends)\b/g;
const BYTES_PER_WORD = 1500;

/** More stack, in bytes, than oxc's parser was ever seen to need for the text. */
export function stackBound(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) bytes += BYTES_PER_LEVEL[text.charCodeAt(at)] ?? 0;
  for (const _ of text.matchAll(NESTING_WORD)) bytes += BYTES_PER_WORD;
  return bytes;
}
