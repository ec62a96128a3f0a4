// Streams, tools, counts and errors by Anthropic's Node client, of one model. Prints one JSON line.
import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "@anthropic-ai/sdk";

const [baseURL, apiKey, model, simulator, providerKey] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0, timeout: 20_000 });
const input_schema = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
};
const tools = ["weather", "news"].map((name) => ({ name, description: `The ${name}.`, input_schema }));
const messages = [{ role: "user", content: "What is it like in Bern?" }];
const request = { model, max_tokens: 300, system: "Be short.", messages };

const text = (message) => message.content.filter((block) => block.type === "text").map((block) => block.text).join("");
const calls = (message) => message.content.filter((block) => block.type === "tool_use");
const shape = (message) => calls(message).map((call) => [call.name, call.input]);
const usage = ({ input_tokens, output_tokens }) => [input_tokens, output_tokens];
const failure = async (call) => {
  try {
    return { accepted: await call() };
  } catch (error) {
    const classes = { BadRequestError, AuthenticationError, PermissionDeniedError, NotFoundError, RateLimitError, InternalServerError, APIError };
    const name = Object.keys(classes).find((one) => error instanceof classes[one]) ?? String(error);
    return { name, status: error.status ?? null, type: error.error?.error?.type ?? null };
  }
};

const plain = await client.messages.create(request);
const events = [];
const stream = client.messages.stream(request);
stream.on("streamEvent", (event) => events.push(event.type));
const streamed = await stream.finalMessage();
const cut = await client.messages.create({ ...request, max_tokens: 5 });

const called = await client.messages.create({ ...request, tools });
const callStream = client.messages.stream({ ...request, tools });
const streamedCall = await callStream.finalMessage();
const forced = await client.messages.create({ ...request, tools, tool_choice: { type: "any" } });
const named = await failure(async () => shape(await client.messages.create({ ...request, tools, tool_choice: { type: "tool", name: "news" } })));
const alone = await failure(async () =>
  shape(await client.messages.create({ ...request, tools, tool_choice: { type: "auto", disable_parallel_tool_use: true } })),
);
const concluded = await client.messages.create({
  ...request,
  tools,
  messages: [
    ...messages,
    { role: "assistant", content: called.content },
    {
      role: "user",
      content: calls(called).map((call, place) =>
        place === 0
          ? { type: "tool_result", tool_use_id: call.id, content: [{ type: "text", text: "sunny" }] }
          : { type: "tool_result", tool_use_id: call.id, content: "out of paper", is_error: true },
      ),
    },
  ],
});

const counted = await client.messages.countTokens({ model, system: request.system, messages, tools });

const struck = async (fault, call) => {
  await fetch(`${simulator}/_sim/scenario`, { method: "POST", body: JSON.stringify({ match: { key: providerKey }, fault: { ...fault, count: 1 } }) });
  return failure(call);
};
const errors = {};
for (const status of [400, 401, 403, 404, 429, 500, 503]) {
  errors[status] = await struck({ status }, () => client.messages.create(request));
}
const streamError = await struck({ status: 429 }, () => client.messages.stream(request).finalMessage());
const brokenStream = await struck({ cut_after_bytes: 300 }, () => client.messages.stream(request).finalMessage());
await fetch(`${simulator}/_sim/scenario`, { method: "DELETE" });

console.log(JSON.stringify({
  text: text(plain),
  streamedText: text(streamed),
  stopReason: plain.stop_reason,
  usage: usage(plain.usage),
  streamedUsage: usage(streamed.usage),
  events: [events[0], events.at(-1)],
  cut: [cut.stop_reason, cut.usage.output_tokens],
  toolStop: called.stop_reason,
  calls: shape(called),
  streamedCalls: shape(streamedCall),
  distinctIds: new Set(calls(called).map((call) => call.id)).size,
  forced: forced.stop_reason,
  named,
  alone,
  concluded: [concluded.stop_reason, text(concluded)],
  counted: counted.input_tokens,
  errors,
  streamError,
  brokenStream,
  wrongModel: await failure(() => client.messages.create({ ...request, model: "none" })),
  wrongBody: await failure(() => client.messages.create({ model, max_tokens: 10, messages: "none" })),
}));
