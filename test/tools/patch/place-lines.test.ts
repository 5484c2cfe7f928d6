import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeLines, type SoughtLines } from '../../../src/tools/patch/place-lines.ts';

/** Every way in which all can stand in the file, in order. */
function* allWays(
  file: readonly string[],
  sought: readonly SoughtLines[],
  from = 0,
): Generator<readonly number[]> {
  const [first, ...others] = sought;
  if (first === undefined) return yield [];
  for (let at = from; at + first.lines.length <= file.length; at += 1) {
    if (first.atEnd && at + first.lines.length < file.length) continue;
    if (!first.lines.every((line, index) => file[at + index] === line)) continue;
    for (const way of allWays(file, others, at + first.lines.length)) yield [at, ...way];
  }
}

it('finds the only way, and tells where there is none or more than one', () => {
  const lines = (maxLength: number, minLength = 0) =>
    fc.array(fc.constantFrom('a', 'b', 'c'), { minLength, maxLength });
  const sought = fc
    .array(lines(4, 1), { minLength: 1, maxLength: 3 })
    .chain((all) =>
      fc
        .boolean()
        .map((atEnd) =>
          all.map((part, index): SoughtLines => ({ lines: part, atEnd: atEnd && index === all.length - 1 })),
        ),
    );
  const told = { one: 0, none: 0, more: 0 };
  fc.assert(
    fc.property(lines(16), sought, (file, parts) => {
      const ways = [...allWays(file, parts)];
      const placed = placeLines(file, parts);
      if (placed.found) {
        told.one += 1;
        expect(ways).toEqual([placed.at]);
      } else if (placed.places.length === 0) {
        told.none += 1;
        expect(ways).toEqual([]);
        expect([...allWays(file, parts.slice(0, placed.which + 1))]).toEqual([]);
      } else {
        told.more += 1;
        expect(ways.length).toBeGreaterThan(1);
        const places = new Set(ways.map((way) => way[placed.which]));
        for (const place of placed.places) expect(places).toContain(place);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(told.one, told.none, told.more)).toBeGreaterThan(30);
});
