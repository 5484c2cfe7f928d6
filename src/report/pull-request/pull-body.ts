import { createHash } from 'node:crypto';
import type { Markers } from './marker.ts';

/** The body of a pull request of ours: a text, and a marker that says which one it was, on which branch. */
export const pullBody = (markers: Markers, branch: string, text: string): string =>
  `${text}\n\n${markers.write('notice', keyOf(branch, text))}`;

/** Whether a body is as `pullBody` has made it for this branch: nobody has changed it since. */
export function isPullBody(markers: Markers, branch: string, body: string): boolean {
  const text = body.slice(0, Math.max(0, body.lastIndexOf('<!--')));
  return markers.read(body)?.key === keyOf(branch, text);
}

/** White space at its end, and of which kind its line ends are, are no text. */
function keyOf(branch: string, text: string): string {
  const plain = text.replaceAll('\r\n', '\n').trim();
  return `pull-${createHash('sha256').update(`${branch}\n${plain}`).digest('hex').slice(0, 32)}`;
}
