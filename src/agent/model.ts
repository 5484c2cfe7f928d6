/** A language model behind one API, in the terms that all of them share. The adapters are in `models/`. */
export interface Model {
  /** As its provider names it: `claude-sonnet-5-5`, `qwen3-coder:30b`. */
  readonly id: string;
  readonly provider: 'anthropic' | 'openai-compatible' | 'scripted';
  readonly limits: {
    /** Tokens of one request and its answer together. */
    readonly context: number;
    /** Tokens of one answer. */
    readonly output: number;
  };
  /** Null when nobody knows: a local model costs nothing that we could count. */
  readonly price: Price | null;
  /** Where it has none and still costs money: what a limit of money counts it as. */
  readonly assumedPrice?: Price;
  /**
   * Asks for one turn. Resolves only to a whole turn whose tool calls are whole; rejects with a {@link ModelError} for
   * everything else, partial answers included. Ends at `signal`, down to the socket, and at the latest at `deadline`,
   * with all its retries.
   */
  ask(request: ModelRequest, options: AskOptions): Promise<ModelTurn>;
}

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface ModelRequest {
  readonly system: string;
  readonly tools: readonly ToolSpec[];
  /** Begins with the user; ends with the user, with tool results or, behind a pause, with the turn that paused. */
  readonly messages: readonly Message[];
  /** Tokens of the answer. */
  readonly maxOutput: number;
}

/** A tool as a model is told of it. */
export interface ToolSpec {
  /** `^[a-zA-Z0-9_-]{1,128}$` */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** By the monotonic clock of `process.hrtime`, in milliseconds (see `agent/clock.ts`). */
  readonly deadline: number;
  /** Called while the answer arrives, with the characters that have arrived so far. */
  readonly onProgress?: (characters: number) => void;
}

export type Message =
  | { readonly role: 'user'; readonly text: string }
  /** A turn as it came: it is sent back unchanged. */
  | { readonly role: 'assistant'; readonly blocks: readonly TurnBlock[] }
  /** The answers to all tool calls of the turn before, in their order. */
  | { readonly role: 'tool-results'; readonly results: readonly ToolResult[] };

export type TurnBlock =
  | { readonly type: 'text'; readonly text: string }
  | ToolCall
  /** What only its provider understands and wants back unchanged: thinking, its signature. */
  | { readonly type: 'opaque'; readonly provider: Model['provider']; readonly value: unknown };

export interface ToolCall {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** Not checked yet: see `agent/tool-registry.ts`. Undefined when the model wrote something that is no JSON. */
  readonly input: unknown;
  /** What the model wrote, when it is no JSON. */
  readonly invalid?: string;
}

export interface ToolResult {
  readonly callId: string;
  readonly content: string;
  readonly isError: boolean;
}

export interface ModelTurn {
  readonly blocks: readonly TurnBlock[];
  /**
   * `tool-calls` only when there are some, each with an id of its own. `max-tokens`: cut off, nothing in it may be run.
   * `pause`: send it back and go on. Of an unknown or missing reason there is no turn, but a ModelError.
   */
  readonly stop: 'end' | 'tool-calls' | 'max-tokens' | 'pause' | 'refusal' | 'context-exceeded';
  /** What the provider says of a refusal, if so. */
  readonly refusal?: string;
  readonly usage: Usage;
}

/** Tokens. `input` is what was neither read from nor written to a cache. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** True when the provider did not say, and the numbers are estimated from characters. */
  readonly estimated: boolean;
}

export type Tokens = Omit<Usage, 'estimated'>;
