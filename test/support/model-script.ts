/** What a model server answers to one request. The same script drives the servers of both protocols. */
export type Step = ScriptedTurn | Fault | ((request: ReceivedRequest) => Step);

/** A turn as a well-behaved model gives it. */
export interface ScriptedTurn {
  readonly text?: string;
  /** Reasoning that the provider wants back unchanged (Anthropic: a thinking block with a signature). */
  readonly thinking?: string;
  readonly calls?: readonly ScriptedCall[];
  /** As the protocol writes it; by default what fits `calls`. */
  readonly stop?: string | null;
  readonly usage?: { input?: number; output?: number; cacheRead?: number; cacheWrite?: number };
  /** Before the first byte. */
  readonly delayMs?: number;
  /** The stream comes in pieces of so many characters. */
  readonly pieces?: number;
}

export interface ScriptedCall {
  readonly name: string;
  readonly input?: unknown;
  /** Instead of the input: what the model wrote, whole or not, JSON or not. */
  readonly raw?: string;
  readonly id?: string;
}

/** What goes wrong, by the numbers of the list of faults. */
export type Fault =
  /** An HTTP error before the stream. `body`: as the provider writes its errors, or any text. */
  | {
      readonly fault: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** An error event within the stream, after `after` (and half of its last tool call). */
  | { readonly fault: 'stream-error'; readonly after: ScriptedTurn; readonly kind?: string }
  /** The stream ends, or the socket is reset, in the middle of `after`. */
  | { readonly fault: 'eof' | 'reset'; readonly after: ScriptedTurn }
  /** Nothing more comes in the middle of `after`, and the connection stays. */
  | { readonly fault: 'stall'; readonly after: ScriptedTurn }
  /** A 200 with this instead of a stream. */
  | { readonly fault: 'body'; readonly contentType: string; readonly body: string };

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Byte for byte, to compare prefixes. */
  readonly raw: string;
  readonly json: unknown;
}

/** A server on loopback. Stopped after the test, which fails when a step is left over or one too many is asked for. */
export interface ModelServer {
  /** What the environment variable of its protocol is set to. */
  readonly baseUrl: string;
  readonly requests: readonly ReceivedRequest[];
  /** Connections that the client closed before the answer was whole. */
  readonly abandoned: () => number;
}
