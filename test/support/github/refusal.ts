/** An answer that is not a success, as GitHub words it. Thrown by whatever finds the reason. */
export class GitHubRefusal extends Error {
  readonly status: number;
  /** GitHub's `errors`: never which entry of a review it was. */
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole reason, for the tests; GitHub does not tell it. */
  readonly problem: string;

  constructor(
    status: number,
    message: string,
    options: {
      readonly errors?: readonly unknown[];
      readonly problem?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.problem = options.problem ?? message;
  }
}

/** 404, also for what one may not know of. */
export const notFound = () => new GitHubRefusal(404, 'Not Found');

/** 422 of GitHub's simple kind: `errors` is a list of sentences. */
export const unprocessable = (sentence: string, problem = sentence) =>
  new GitHubRefusal(422, 'Unprocessable Entity', { errors: [sentence], problem });

/** 422 of a thing that is wrong as a whole (`message`), or by a field of it (`code`: `invalid`, `missing_field`). */
export const validationFailed = (
  resource: string,
  error: { readonly message: string } | { readonly field: string; readonly code: string },
) =>
  new GitHubRefusal(422, 'Validation Failed', {
    errors: [{ resource, ...('message' in error ? { code: 'custom' } : {}), ...error }],
    problem: `${resource}: ${'message' in error ? error.message : `${error.field} is ${error.code}`}`,
  });

/** 422 of GitHub's other kind, which names a field. */
export const invalidField = (resource: string, field: string, message: string) =>
  new GitHubRefusal(422, 'Validation Failed', {
    errors: [{ resource, field, code: 'custom', message }],
    problem: `${resource}.${field} ${message}`,
  });
