import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMarkers } from '../../../src/report/pull-request/marker.ts';

const markers = createMarkers('a secret of the test', 7, 12);
const marker = markers.write('finding', 'a7f3');

describe('createMarkers', () => {
  it('reads what it wrote, as the last line', () => {
    expect(marker).toMatch(/^<!-- code-agent:finding:a7f3:[0-9a-f]{32} -->$/);
    for (const body of [marker, `text\n\n${marker}`, `text\r\n${marker}\r\n`, `${marker}\n \n`])
      expect(markers.read(body)).toEqual({ kind: 'finding', key: 'a7f3' });
  });

  it.each([
    ['in the middle', `${marker}\ntext`],
    ['behind text', `text ${marker}`],
    ['twice', `${marker}\n${marker}`],
    ['behind something like one', `<!-- code-agent:x\n${marker}`],
    ['with another key', marker.replace('a7f3', 'a7f4')],
    ['with another kind', marker.replace('finding', 'summary')],
    ['with a kind that there is not', marker.replace('finding', 'finding2')],
    ['with a shorter signature', marker.replace(/. -->/, ' -->')],
    ['with another signature', marker.replace(/:[0-9a-f]{32}/, `:${'0'.repeat(32)}`)],
    ['quoted', `> ${marker}`],
    ['not there', 'text'],
  ])('reads none %s, I16', (_, body) => {
    expect(markers.read(body)).toBe(null);
  });

  it('reads none of another repository, pull request or secret', () => {
    for (const other of [
      createMarkers('a secret of the test', 71, 2),
      createMarkers('a secret of the test', 8, 12),
    ])
      expect(markers.read(other.write('finding', 'a7f3'))).toBe(null);
    expect(markers.read(createMarkers('another', 7, 12).write('finding', 'a7f3'))).toBe(null);
    expect(markers.read(createMarkers('a secret of the test', 7, 13).write('finding', 'a7f3'))).toBe(null);
  });

  it('writes no key that could be read as something else', () => {
    for (const key of ['', 'a:b', 'a b', '-->', 'a\n', 'é', 'x'.repeat(129)])
      expect(() => markers.write('finding', key)).toThrow(RangeError);
  });

  it('never throws for a body', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', '<!-- code-agent:finding:a:', marker),
        (text, end) => {
          expect([null, 'finding']).toContain(markers.read(`${text}\n${end}`)?.kind ?? null);
        },
      ),
    );
  });
});
