export const POSTGRES_CONNECTION: RegExp;
export function mendPostgres(source: string): string;
