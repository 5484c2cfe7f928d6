import postgres, { type Sql } from 'postgres';

/** A connection that knows what it was last asked, to ask for its plan. */
export interface WatchedDatabase {
  readonly sql: Sql;
  /** How the server carries out what `work` asks, with what it read, as text. */
  plansOf(work: () => Promise<unknown>): Promise<string[]>;
  end(): Promise<void>;
}

/** Speaks with a server as `withDatabase` does. */
export function watchDatabase(url: string): WatchedDatabase {
  const asked: { readonly query: string; readonly parameters: postgres.ParameterOrJSON<never>[] }[] = [];
  const sql = postgres(url, {
    ...{ max: 1, prepare: false, fetch_types: false, onnotice() {} },
    types: { json: { to: 114, from: [114], serialize: String, parse: String } },
    debug: (_connection, query, parameters) => asked.push({ query, parameters: [...parameters] }),
  });
  return {
    sql,
    async plansOf(work) {
      asked.length = 0;
      await work();
      const plans: string[] = [];
      for (const { query, parameters } of asked.splice(0)) {
        const lines = await sql.unsafe(`explain (analyze, buffers, costs off) ${query}`, parameters);
        plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
      }
      return plans;
    },
    end: () => sql.end(),
  };
}

/** The tables that a plan reads from one end to the other. */
export const readWhole = (plan: string): string[] =>
  [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table = '']) => table);

/** The types of its nodes and the indexes that they use, from the outside in; the same one behind another once. */
export function shortPlan(plan: string): string {
  const nodes = [
    ...plan.matchAll(/^ *(?:-> +)?([A-Z][A-Za-z -]+?)(?: using (\w+))?(?: on (\w+)(?: \w+)?)? \(actual/gm),
  ];
  const names = nodes.map(([, node = '', index, table]) => [node, index ?? table].filter(Boolean).join(' '));
  return names.filter((name, at) => name !== names[at - 1]).join(', ');
}
