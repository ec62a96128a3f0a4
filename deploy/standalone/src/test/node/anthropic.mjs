// What an application of Anthropic's Node client does; only base URL and key are ours. Prints one JSON line.
import Anthropic, { AuthenticationError, BadRequestError } from "@anthropic-ai/sdk";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0, timeout: 20_000 });
const request = {
  model: "gpt-4o-mini",
  max_tokens: 40,
  system: "Be short.",
  messages: [{ role: "user", content: "Hello from Anthropic's client" }],
};

const plain = await client.messages.create(request);

const events = [];
const stream = client.messages.stream(request);
stream.on("streamEvent", (event) => events.push(event.type));
const streamed = await stream.finalMessage();

const counted = await client.messages.countTokens({ model: request.model, system: request.system, messages: request.messages });

const refused = async (call, type) => {
  try {
    await call();
    return "accepted";
  } catch (error) {
    return error instanceof type ? `refused ${error.status} ${error.error?.error?.type}` : String(error);
  }
};

console.log(JSON.stringify({
  text: plain.content[0].text.length,
  stopReason: plain.stop_reason,
  inputTokens: plain.usage.input_tokens,
  outputTokens: plain.usage.output_tokens,
  sameText: streamed.content[0].text === plain.content[0].text,
  sameUsage: streamed.usage.output_tokens === plain.usage.output_tokens,
  firstEvent: events[0],
  lastEvent: events.at(-1),
  counted: counted.input_tokens,
  wrongKey: await refused(() => new Anthropic({ baseURL, apiKey: "sk-wrong", maxRetries: 0 }).messages.create(request), AuthenticationError),
  wrongModel: await refused(() => client.messages.create({ ...request, model: "none" }), BadRequestError),
}));
