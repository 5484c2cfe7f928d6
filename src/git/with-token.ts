/**
 * Works with a token that is had when it is needed, and once more with another one when that was refused: it may have run out.
 * `token`: told whether the last one was refused; null: there is none.
 */
export async function withToken<T>(
  token: ((refused: boolean) => Promise<string>) | null,
  isRefused: (error: unknown) => boolean,
  work: (token: (() => Promise<string>) | null) => Promise<T>,
): Promise<T> {
  if (token === null) return work(null);
  try {
    return await work(() => token(false));
  } catch (error) {
    if (!isRefused(error)) throw error;
    return work(() => token(true));
  }
}
