import { LINK, type Seal } from './journal-line.ts';

/**
 * For a session that is over when it is written, and that nothing was paid for: FNV-1a of 32 bits over UTF-16 code units
 * (http://www.isthe.com/chongo/tech/comp/fnv/). It sees what goes wrong on a disk, for every single change of a character makes
 * another one; sha256 would take a hook 0.6 ms more.
 */
export const quickSeal: Seal = (before, json) => {
  let hash = 0x811c9dc5;
  const text = `${before}\n${json}`;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0').padEnd(LINK, '-');
};

/** Whether a link is one of {@link quickSeal}. */
export const isQuick = (link: string): boolean => link.endsWith('-');
