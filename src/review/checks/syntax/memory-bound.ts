/**
 * More memory, in bytes, than oxc was ever seen to need for the text. Two things take the square of their number:
 * each message has a picture of its whole line in it, so that errors all along a line of 40,000 characters take
 * 1.3 GB; and after each `<` it tries type arguments, up to the end, which takes 540 MB for 2,800 of them
 * (oxc 0.158; 0.151 less).
 */
export function memoryBound(text: string): number {
  let bytes = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start) + 1 || text.length;
    bytes += (end - start) ** 2;
    start = end;
  }
  let angles = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1))
    if (text[at + 1] !== '/') angles += 1;
  return bytes + 70 * angles ** 2;
}
