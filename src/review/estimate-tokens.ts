/** Of code with line numbers, Claude's and OpenAI's tokenizers make 2.8 to 3.6 bytes of UTF-8 a token; of CJK about 3. */
const BYTES_PER_TOKEN = 3;

/** About how many tokens a model reads the text as: rather too many than too few. Base 64 and the like take up to twice that. */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
