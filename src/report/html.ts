import { sanitize } from './sanitize.ts';

/** A whole piece of HTML that is safe to show. Only {@link html} makes one. */
export interface Html {
  readonly markup: string;
}

/**
 * HTML of the template's own markup: what is put into it is text, sanitised and escaped, or HTML already. For texts of
 * elements: nothing is to be put into a tag, or into `script`, which has other rules.
 */
export function html(
  template: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html {
  const [first = '', ...rest] = template;
  return { markup: first + rest.map((text, index) => `${markupOf(values[index] ?? '')}${text}`).join('') };
}

function markupOf(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return escaped(sanitize(value));
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
