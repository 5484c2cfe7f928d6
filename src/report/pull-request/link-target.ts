/** Where an address in foreign text leads. */
export type LinkTarget =
  /** May be followed: an address with nothing in it that has a meaning to Markdown. */
  | { readonly kind: 'allowed'; readonly url: string }
  | { readonly kind: 'image' }
  /** Host and path, to be shown as code. */
  | { readonly kind: 'shown'; readonly text: string };

/** What nothing can be added to by what stands behind it. */
const PLAIN = /^https:\/\/[\w.:-]+(?:\/[\w.~/%=+#?-]*)?$/;
const LONGEST_SHOWN = 100;

/**
 * Judges it: only https, and only to `hosts` (as a URL has them, with the port). An issue, a pull request or a discussion is told
 * of each link to it, and so is none.
 */
export function linkTarget(address: string, hosts: readonly string[]): LinkTarget {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && isMedia(url.pathname)) return { kind: 'image' };
  if (
    url !== null &&
    hosts.includes(url.host) &&
    PLAIN.test(url.href) &&
    !/\/(?:issues|pull|discussions)\/\d|#\d/.test(url.pathname + url.hash)
  )
    return { kind: 'allowed', url: url.href };
  const isNamed = url !== null && url.host !== '';
  const name = isNamed ? `${url.host}${url.pathname === '/' ? '' : url.pathname}` : address;
  const cut = name.length > LONGEST_SHOWN || (isNamed && url.search + url.hash !== '');
  return { kind: 'shown', text: `${wellFormedStart(name, LONGEST_SHOWN)}${cut ? '…' : ''}` };
}

/** GitHub plays and shows uploads without a mark that says so. */
const isMedia = (path: string): boolean =>
  /\.(?:png|jpe?g|gif|svg|webp|bmp|ico|avif|apng|tiff?|mp4|mov|webm)$/i.test(path) ||
  path.startsWith('/user-attachments/');

/** So many code units, or one less where the last would be half of a character. */
export function wellFormedStart(text: string, length: number): string {
  const start = text.slice(0, length);
  return /[\ud800-\udbff]$/.test(start) ? start.slice(0, -1) : start;
}
