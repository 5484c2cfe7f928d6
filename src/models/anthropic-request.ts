import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  Tool,
} from '@anthropic-ai/sdk/resources/messages';
import type { Message, ModelRequest, ToolSpec, TurnBlock } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';
import { thinkingSchema } from './anthropic-answer.ts';

const BREAKPOINT = { type: 'ephemeral' } as const;

/**
 * The body of a request to the Messages API. The bytes of a conversation's beginning are the same in every request that
 * goes on with it, `messages` is last, and what differs stands before it.
 *
 * Three of the four cache breakpoints are used. Those behind the tools and the system text and behind the first message
 * stay where they are. The third is the API's own: `cache_control` of the request puts it behind the last block of each
 * request. Looking back from there the API finds what the request before wrote when it is less than 20 blocks away; a
 * turn of more blocks is read from the second breakpoint on.
 * platform.claude.com/docs/en/build-with-claude/prompt-caching
 *
 * There is no `temperature` (removed from API 2026-10-21), no forced `tool_choice` and no beginning of an answer (the
 * models from 5.5 and 4.6 on refuse them), and no `thinking`: its default is right for each model.
 */
export function anthropicRequest(
  model: string,
  { system, tools, messages, maxOutput }: ModelRequest,
): MessageCreateParamsStreaming {
  return {
    model,
    max_tokens: maxOutput,
    stream: true,
    cache_control: BREAKPOINT,
    ...(tools.length > 0 && { tools: tools.map(toolParam) }),
    ...(system !== '' && { system: [{ type: 'text', text: system, cache_control: BREAKPOINT }] }),
    messages: messages.flatMap((message, index) => messageParam(message, index === 0)),
  };
}

function toolParam({ name, description, inputSchema }: ToolSpec): Tool {
  return { name, description, input_schema: { ...inputSchema, type: 'object' } };
}

/** None for a turn without a block: an empty message is refused. */
function messageParam(message: Message, isFirst: boolean): MessageParam[] {
  switch (message.role) {
    case 'user': {
      const text = { type: 'text', text: message.text } as const;
      return [{ role: 'user', content: [isFirst ? { ...text, cache_control: BREAKPOINT } : text] }];
    }
    case 'assistant': {
      const content = message.blocks.flatMap(blockParam);
      return content.length === 0 ? [] : [{ role: 'assistant', content }];
    }
    case 'tool-results':
      return [
        {
          role: 'user',
          content: message.results.map(({ callId, content, isError }) => ({
            type: 'tool_result',
            tool_use_id: callId,
            content,
            ...(isError && { is_error: true }),
          })),
        },
      ];
  }
}

function blockParam(block: TurnBlock): ContentBlockParam[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text', text: block.text }];
    case 'tool-call':
      return [{ type: 'tool_use', id: block.id, name: block.name, input: inputParam(block) }];
    case 'opaque': {
      if (block.provider !== 'anthropic') return [];
      const thinking = thinkingSchema.safeParse(block.value);
      if (thinking.success) return [thinking.data];
      throw new ModelError('bad-request', 'a thinking block of the conversation is damaged', {
        retryable: false,
      });
    }
  }
}

/** The API takes nothing but objects. What the model wrote instead is shown to it under a name that says so. */
function inputParam({ input, invalid }: Extract<TurnBlock, { type: 'tool-call' }>): object {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  return { INVALID_JSON: invalid ?? JSON.stringify(input) };
}
