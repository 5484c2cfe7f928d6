import type { Message, ModelRequest, ToolCall, ToolSpec, TurnBlock } from '../agent/model.ts';

/** A message as `/chat/completions` takes it. */
type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string | null; readonly tool_calls?: readonly object[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/**
 * The body of a request. The same conversation gives the same bytes, and a longer one begins with the messages of the
 * shorter, so that what a server has cached of it holds.
 */
export function writeOpenAiRequest(model: string, host: string, request: ModelRequest): string {
  const { system, tools, messages, maxOutput } = request;
  return JSON.stringify({
    model,
    // OpenAI's newer models refuse the old name; other servers know no other.
    [/(?:^|\.)openai\.(?:azure\.)?com$/.test(host) ? 'max_completion_tokens' : 'max_tokens']: maxOutput,
    stream: true,
    stream_options: { include_usage: true },
    // An empty list is refused.
    ...(tools.length > 0 && { tools: tools.map(writeTool) }),
    messages: joinUserTurns([{ role: 'system', content: system }, ...messages.flatMap(writeMessage)]),
  });
}

const writeTool = ({ name, description, inputSchema }: ToolSpec) => ({
  type: 'function',
  function: { name, description, parameters: inputSchema },
});

function writeMessage(message: Message): ChatMessage[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: message.text }];
    case 'assistant':
      return writeTurn(message.blocks);
    case 'tool-results':
      return message.results.map(({ callId, content, isError }) => ({
        role: 'tool',
        tool_call_id: callId,
        // The protocol has no other place for it.
        content: isError ? `Error: ${content}` : content,
      }));
  }
}

/** Nothing of a turn without text and calls: several servers refuse it. What another provider wants back is left out. */
function writeTurn(blocks: readonly TurnBlock[]): ChatMessage[] {
  const text = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
  const calls = blocks.filter((block) => block.type === 'tool-call');
  if (text === '' && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(calls.length > 0 && { tool_calls: calls.map(writeCall) }),
    },
  ];
}

const writeCall = (call: ToolCall) => ({
  id: call.id,
  type: 'function',
  function: { name: call.name, arguments: JSON.stringify(writableInput(call)) },
});

/**
 * vLLM, SGLang and llama.cpp parse the arguments of earlier turns for the chat template, and refuse the conversation
 * for ever when one is no JSON object (vllm-project/vllm#43995, sgl-project/sglang#28035).
 */
function writableInput({ input, invalid }: ToolCall): unknown {
  if (invalid !== undefined) return { invalid_arguments: invalid };
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject ? input : { invalid_arguments: input ?? null };
}

/** Chat templates of local models refuse two user turns in a row. */
function joinUserTurns(messages: readonly ChatMessage[]): ChatMessage[] {
  const joined: ChatMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role === 'user' && last?.role === 'user')
      joined[joined.length - 1] = { role: 'user', content: `${last.content}\n\n${message.content}` };
    else joined.push(message);
  }
  return joined;
}
