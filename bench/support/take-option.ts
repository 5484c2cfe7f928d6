/** Takes an option and its value out of the arguments: the table reads them too and does not know it. */
export function takeOption(option: string, otherwise: string): string {
  const at = process.argv.indexOf(option);
  return at === -1 ? otherwise : (process.argv.splice(at, 2)[1] ?? otherwise);
}

/** The parts that `--only` names, with commas between them, in their own order; without it all. Throws a RangeError for one that is none. */
export function takeParts<Part extends string>(all: readonly Part[]): Part[] {
  const only = takeOption('--only', all.join()).split(',');
  const unknown = only.find((one) => !all.some((part) => part === one));
  if (unknown !== undefined) throw new RangeError(`--only is one of ${all.join(', ')}; got ${unknown}`);
  return all.filter((part) => only.includes(part));
}
