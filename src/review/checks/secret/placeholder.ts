/** Words that stand in documentation where a credential would. Five letters and more: random text has shorter ones. */
const STAND_IN =
  /example|placeholder|redacted|changeme|change[_-]me|replace[_-]?(?:me|with)|insert[_-]|your[_-]|dummy|sample|x{5}|\*{3}|\.{3}|<[^<>]{1,40}>/i;

/** Whether the rest of a token, behind its prefix, was put there by a person to stand for one. */
export const isStandIn = (body: string): boolean => new Set(body).size <= 2 || STAND_IN.test(body);

/** Whether it has ten characters in a row of the alphabet or of the digits: typed, in all likelihood. */
export const isTyped = (body: string): boolean =>
  /abcdefghij|klmnopqrst|0123456789|1234567890|9876543210|zyxwvutsrq/i.test(body);

/** A value that comes from elsewhere: `${X}`, `{{ x }}`, `$(x)`, `%(x)s`, `#{x}`, `$X`, `%X%`, `@x@`, `:x`, `<x>`, `[x]`. */
const REFERENCE = /\$\{|\{\{|\$\(|%\(|#\{|^\$|^%[A-Za-z_]+%$|^@[\w.]+@$|^%[sdv]$|^\{\w*\}$|^<|^:\w+$|^\[/;

/** Words that no generated credential has, and that the values in tests, samples and documentation do have. */
const WORD =
  /password|passwd|p[a4@]ssw[o0]rd|passw|secret|token|api[_-]?key|credential|user|test|mock|fake|demo|foo|bar|todo|fixme|default|none|null|undefined|true|false|hello|world|lorem|admin|root|local|string|value|1234|abcd|qwerty|asdf|deadbeef|letmein|enter|^abc|^p[a@]ss|^my/i;

/** Whether a text refers to a value instead of being one. */
export const isReference = (value: string): boolean => REFERENCE.test(value);

/** Whether a text is made of words that people write in place of a password or key. */
export const isWording = (value: string): boolean =>
  WORD.test(value) || isTyped(value) || /(.)\1{4}/.test(value);

/** Whether a value that a password or key is set to is none. */
export const isPlaceholder = (value: string): boolean =>
  isStandIn(value) || isReference(value) || isWording(value);
