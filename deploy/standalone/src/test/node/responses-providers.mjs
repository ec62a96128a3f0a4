// Responses by OpenAI's Node client, of one model that is spoken to as a chat. Prints one JSON line.
import OpenAI, { BadRequestError, NotFoundError, RateLimitError } from "openai";

const [baseURL, apiKey, model, simulator, providerKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 20_000 });
const parameters = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
  additionalProperties: false,
};
const tools = ["weather", "news"].map((name) => ({ type: "function", name, description: `The ${name}.`, parameters, strict: true }));
const input = [{ role: "user", content: "What is it like in Bern?" }];
const calls = (response) => response.output.filter((item) => item.type === "function_call");
const shape = (response) => calls(response).map((call) => [call.name, JSON.parse(call.arguments)]);
const usage = (response) => [response.usage.input_tokens, response.usage.output_tokens];
const failure = async (call) => {
  try {
    return { accepted: await call() };
  } catch (error) {
    const classes = { BadRequestError, NotFoundError, RateLimitError };
    const name = Object.keys(classes).find((one) => error instanceof classes[one]) ?? String(error);
    return { name, status: error.status ?? null, param: error.param ?? null };
  }
};

const plain = await client.responses.create({ model, instructions: "Be short.", input });
const events = [];
const stream = client.responses.stream({ model, instructions: "Be short.", input });
stream.on("event", (event) => events.push(event.type));
const streamed = await stream.finalResponse();
const cut = await client.responses.create({ model, input, max_output_tokens: 5 });

const called = await client.responses.create({ model, input, tools });
const streamedCall = await client.responses.stream({ model, input, tools }).finalResponse();
const concluded = await client.responses.create({
  model,
  tools,
  input: [
    ...input,
    ...calls(called),
    ...calls(called).map((call) => ({ type: "function_call_output", call_id: call.call_id, output: "sunny" })),
  ],
});
const parsed = await client.responses.parse({
  model,
  input,
  text: { format: { type: "json_schema", name: "stay", strict: true, schema: parameters } },
});

const struck = async (fault, call) => {
  await fetch(`${simulator}/_sim/scenario`, { method: "POST", body: JSON.stringify({ match: { key: providerKey }, fault: { ...fault, count: 1 } }) });
  return failure(call);
};
const limited = await struck({ status: 429 }, () => client.responses.create({ model, input }));
const missing = await struck({ status: 404 }, () => client.responses.create({ model, input }));
await fetch(`${simulator}/_sim/scenario`, { method: "DELETE" });

console.log(JSON.stringify({
  text: plain.output_text,
  streamedText: streamed.output_text,
  status: plain.status,
  usage: usage(plain),
  streamedUsage: usage(streamed),
  events: [events[0], events.at(-1)],
  cut: [cut.status, cut.incomplete_details?.reason],
  calls: shape(called),
  streamedCalls: shape(streamedCall),
  distinctIds: new Set(calls(called).map((call) => call.call_id)).size,
  concluded: concluded.output_text,
  parsed: parsed.output_parsed,
  limited,
  missing,
  search: await failure(() => client.responses.create({ model, input, tools: [{ type: "web_search" }] })),
}));
