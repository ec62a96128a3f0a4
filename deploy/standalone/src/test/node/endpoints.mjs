// The other endpoints by OpenAI's Node client, of one provider's models. Prints one JSON line.
import OpenAI, { BadRequestError, toFile } from "openai";

const [baseURL, apiKey, provider] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 20_000 });
const file = () => toFile(Buffer.alloc(70_000, 7), "words.wav", { type: "audio/wav" });
const seen = {};

const model = (kind) => `${provider}-${kind}`;
const kinds = {
  embed: async () => {
    const input = ["one", "two"];
    // The client asks for base64 by itself unless told otherwise, and decodes it.
    const decoded = await client.embeddings.create({ model: model("embed"), input, dimensions: 256 });
    const numbers = await client.embeddings.create({ model: model("embed"), input, dimensions: 256, encoding_format: "float" });
    const base64 = await client.embeddings.create({ model: model("embed"), input, dimensions: 256, encoding_format: "base64" });
    const floats = Array.from(new Float32Array(new Uint8Array(Buffer.from(base64.data[0].embedding, "base64")).buffer));
    const near = (a, b) => a.length === b.length && a.every((value, place) => Math.abs(value - b[place]) < 1e-6);
    return {
      sizes: decoded.data.map((item) => item.embedding.length),
      same: near(decoded.data[0].embedding, numbers.data[0].embedding) && near(floats, numbers.data[0].embedding),
      tokens: decoded.usage.prompt_tokens,
    };
  },
  complete: async () => {
    const request = { model: model("complete"), prompt: "Where does the river flow?", max_tokens: 30 };
    const plain = await client.completions.create(request);
    let streamed = "";
    let tokens = 0;
    for await (const chunk of await client.completions.create({ ...request, stream: true, stream_options: { include_usage: true } })) {
      streamed += chunk.choices[0]?.text ?? "";
      tokens = chunk.usage?.total_tokens ?? tokens;
    }
    return { same: plain.choices[0].text.length > 0 && streamed === plain.choices[0].text, usage: tokens === plain.usage.total_tokens };
  },
  image: async () => {
    const images = await client.images.generate({ model: model("image"), prompt: "a river", n: 2 });
    return { images: images.data.filter((image) => image.b64_json).length, tokens: images.usage.output_tokens };
  },
  speak: async () => {
    const speech = await client.audio.speech.create({ model: model("speak"), voice: "alloy", input: "Hello there" });
    return { type: speech.headers.get("content-type"), bytes: (await speech.arrayBuffer()).byteLength };
  },
  transcribe: async () => {
    const transcribed = async (response_format) =>
      client.audio.transcriptions.create({ model: model("transcribe"), file: await file(), response_format });
    const json = await transcribed("json");
    const verbose = await transcribed("verbose_json");
    const text = await transcribed("text");
    return {
      same: json.text.length > 0 && verbose.text === json.text && text.trim() === json.text,
      tokens: json.usage.input_tokens,
      duration: verbose.duration,
    };
  },
  moderate: async () => {
    const judged = await client.moderations.create({ model: model("moderate"), input: ["a river", "sheer violence"] });
    return { flagged: judged.results.map((result) => result.flagged) };
  },
};
for (const [kind, call] of Object.entries(kinds)) {
  try {
    seen[kind] = await call();
  } catch (error) {
    seen[kind] = error instanceof BadRequestError ? `refused ${error.status}` : String(error.stack);
  }
}
console.log(JSON.stringify(seen));
