// What an application of OpenAI's Node client does; only base URL and key are ours. Prints one JSON line.
import OpenAI, { AuthenticationError } from "openai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 20_000 });
const messages = [{ role: "user", content: "Hello from Node" }];

const plain = await client.chat.completions.create({ model: "gpt-4o", messages });

let streamed = "";
let streamedUsage = null;
let chunksWithoutChoices = 0;
const stream = await client.chat.completions.create({
  model: "gpt-4o-mini",
  messages,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  streamedUsage = chunk.usage ?? streamedUsage;
}

const silent = await client.chat.completions.create({
  model: "gpt-4o-mini",
  messages: [{ role: "user", content: "Hello without usage" }],
  stream: true,
});
for await (const chunk of silent) {
  if (chunk.choices.length === 0) chunksWithoutChoices++;
}

const embedding = await client.embeddings.create({ model: "text-embedding-3-small", input: ["a", "b"] });

const models = [];
for await (const model of client.models.list()) models.push(model.id);

let wrongKey = "accepted";
try {
  await new OpenAI({ baseURL, apiKey: "sk-wrong", maxRetries: 0 }).models.list();
} catch (error) {
  wrongKey = error instanceof AuthenticationError ? `refused ${error.status}` : String(error);
}

console.log(JSON.stringify({
  plain: plain.choices[0].message.content.length,
  plainTokens: plain.usage.total_tokens,
  streamed: streamed.length,
  streamedTokens: streamedUsage?.total_tokens ?? 0,
  chunksWithoutChoices,
  embeddings: embedding.data.map((item) => item.embedding.length),
  models,
  wrongKey,
}));
