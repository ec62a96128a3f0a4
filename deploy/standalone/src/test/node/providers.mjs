// Tools, an agent's loop and structured answers by OpenAI's Node client, of one model. Prints one JSON line.
import OpenAI from "openai";

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 20_000 });
const parameters = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
  additionalProperties: false,
};
const tool = (name) => ({ type: "function", function: { name, description: `The ${name}.`, parameters } });
const messages = [{ role: "user", content: "What is it like in Bern?" }];

const plain = await client.chat.completions.create({ model, messages });
const answered = plain.choices[0].message.content;

const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
const streamed = await stream.finalChatCompletion();

const called = await client.chat.completions.create({ model, messages, tools: [tool("weather"), tool("news")] });
const calls = called.choices[0].message.tool_calls;

const callStream = client.chat.completions.stream({ model, messages, tools: [tool("weather"), tool("news")] });
const streamedCalls = (await callStream.finalChatCompletion()).choices[0].message.tool_calls;

const asked = [];
const runner = client.chat.completions.runTools({
  model,
  messages,
  tools: [
    {
      type: "function",
      function: {
        name: "weather",
        description: "The weather.",
        parameters,
        parse: JSON.parse,
        function: (input) => {
          asked.push(input);
          return "sunny";
        },
      },
    },
  ],
});
const concluded = await runner.finalContent();

const parsed = await client.chat.completions.parse({
  model,
  messages,
  response_format: { type: "json_schema", json_schema: { name: "stay", strict: true, schema: parameters } },
});

const shape = (calls) => calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
console.log(JSON.stringify({
  same: answered.length > 0 && streamed.choices[0].message.content === answered,
  usage: plain.usage.total_tokens > 0 && streamed.usage.total_tokens === plain.usage.total_tokens,
  finish: called.choices[0].finish_reason,
  calls: shape(calls),
  streamedCalls: shape(streamedCalls),
  distinctIds: new Set(calls.map((call) => call.id)).size,
  asked,
  concluded: concluded.length > 0,
  parsed: parsed.choices[0].message.parsed,
}));
